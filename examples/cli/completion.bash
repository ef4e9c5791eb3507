# SPDX-License-Identifier: MIT
# bash completion for apitoken

_apitoken()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' takes_value=' -s -k '
    local everywhere='--store --keys --help --version' options='' i
    takes_value+='--store --keys --owner --name --description --expires --state --format --reason '
    takes_value+='--prefix --copy --zone --map-size '

    # bash splits "--copy=on" into three words.
    [[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    if [[ $cur == '=' ]]; then cur=''; fi

    case $prev in
    -s|--store) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    -k|--keys) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --copy) mapfile -t COMPREPLY < <(compgen -W 'once always' -- "$cur"); return ;;
    --state) mapfile -t COMPREPLY < <(compgen -W 'all valid expired revoked' -- "$cur"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'plain bearer header env curl masked' -- "$cur"); return ;;
    --expires) mapfile -t COMPREPLY < <(compgen -W 'never 30d 90d 365d' -- "$cur"); return ;;
    --zone) mapfile -t COMPREPLY < <(cd /usr/share/zoneinfo 2>/dev/null && compgen -f -- "$cur"); return ;;
    --owner|--name|--description|--reason|--prefix|--map-size) return ;;
    esac

    # Collect the words that are neither options nor their values.
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ $takes_value == *" ${COMP_WORDS[i]} "* ]]; then
            ((i++))
            if [[ ${COMP_WORDS[i]} == '=' ]]; then ((i++)); fi
        elif [[ ${COMP_WORDS[i]} != -* ]]; then
            command+="${command:+ }${COMP_WORDS[i]}"
        fi
    done

    case $command in
    '') options='keys init create list show check copy revoke stat grow fsck backup restore help' ;;
    keys|'help keys') options='create export-verify add activate list' ;;
    help) options='keys init create list show check copy revoke stat grow fsck backup restore help' ;;
    'keys '*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    init) options='--prefix --copy --zone --map-size --group' ;;
    create) options='--owner --name --description --expires --batch' ;;
    list) options='--owner --state --json' ;;
    show*) options='--owner --json' ;;
    copy*) options='--owner --format' ;;
    revoke*) options='--owner --reason --yes' ;;
    grow) options='--map-size' ;;
    fsck) options='--accept-rollback' ;;
    backup*) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    restore*) options='--revoke-all --accept-lost-revocations'; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    esac
    if [[ $cur == -* || ( $options == *--* ) ]]; then options+=" $everywhere"; fi
    if [[ -n $options ]]; then mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur"); fi
}

complete -F _apitoken apitoken
