# SPDX-License-Identifier: MIT
# bash completion for apitoken

_apitoken()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' takes_value=' -s -k '
    local everywhere='--store --keys --any-filesystem --help --version' options='' i
    takes_value+='--store --keys --owner --name --description --expires --interfaces --networks --data --revision --state '
    takes_value+='--format --interface --peer --grace --reason --reason-code --actor --prefix --copy --zone --map-size '
    takes_value+='--expires-within --unused-for --name-contains --owner-prefix --except --id --since --ended-before '

    # bash splits "--copy=on" into three words.
    [[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    if [[ $cur == '=' ]]; then cur=''; fi

    case $prev in
    -s|--store) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    -k|--keys) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --copy) mapfile -t COMPREPLY < <(compgen -W 'once always' -- "$cur"); return ;;
    --state) mapfile -t COMPREPLY < <(compgen -W 'all valid expired revoked suspended blocked newer' -- "$cur"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'plain bearer header env curl masked' -- "$cur"); return ;;
    --expires) mapfile -t COMPREPLY < <(compgen -W 'never 30d 90d 365d' -- "$cur"); return ;;
    --ended-before) mapfile -t COMPREPLY < <(compgen -W '30d 90d 400d' -- "$cur"); return ;;
    --since) mapfile -t COMPREPLY < <(compgen -W '1h 12h 30d' -- "$cur"); return ;;
    --grace) mapfile -t COMPREPLY < <(compgen -W '0 1h 12h 30d' -- "$cur"); return ;;
    --expires-within|--unused-for) mapfile -t COMPREPLY < <(compgen -W '0 12h 30d 90d' -- "$cur"); return ;;
    --interfaces) mapfile -t COMPREPLY < <(compgen -W 'all' -- "$cur"); return ;;
    --networks) mapfile -t COMPREPLY < <(compgen -W 'any' -- "$cur"); return ;;
    --reason-code) mapfile -t COMPREPLY < <(compgen -W 'exposed superseded owner-gone admin' -- "$cur"); return ;;
    --zone) mapfile -t COMPREPLY < <(cd /usr/share/zoneinfo 2>/dev/null && compgen -f -- "$cur"); return ;;
    --owner|--name|--description|--data|--revision|--interface|--peer|--reason|--actor|--prefix|--map-size) return ;;
    --name-contains|--owner-prefix|--except|--id) return ;;
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
    ''|help)
        options='keys init create list show check copy update rotate suspend resume revoke log'
        options+=' unrevoke block unblock purge policy stat grow fsck backup restore compact help' ;;
    keys|'help keys') options='create export-verify add activate retire remove list' ;;
    'keys retire'*) options='--end-tokens --reason-code --actor' ;;
    'keys '*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    init) options='--prefix --copy --zone --map-size --group' ;;
    create) options='--owner --name --description --expires --interfaces --networks --data --batch --actor' ;;
    list)
        options='--owner --all --state --expires-within --unused-for --never-used --never-expires --outside-policy'
        options+=' --name-contains --owner-prefix --json' ;;
    show*) options='--owner --json' ;;
    copy*) options='--owner --format' ;;
    check) options='--interface --peer' ;;
    update*)
        options='--owner --name --description --expires --interfaces --networks --data --end-old --revive --revision --actor' ;;
    rotate*) options='--owner --expires --grace --keep-old --drop-old --actor' ;;
    suspend*|resume*|unrevoke*) options='--owner --actor' ;;
    revoke*) options='--owner --all --except --texts --reason --reason-code --final --yes --actor' ;;
    purge) options='--ended-before --owner --as-actor --yes --actor' ;;
    block|unblock) options='--owner --reason --actor' ;;
    policy) options='set --json' ;;
    'policy set'*)
        options='max-lifetime= never=allowed never=forbidden default-expiry= max-live= undo= max-grace= audit-retention='
        options+=' --revision --actor' ;;
    'help policy') options='set' ;;
    log) options='--owner --id --since --json --follow' ;;
    stat) options='--counters --json' ;;
    grow) options='--map-size --actor' ;;
    fsck) options='--accept-rollback --actor' ;;
    compact) options='--actor' ;;
    backup*) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    restore*) options='--revoke-all --accept-lost-revocations --actor'; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    esac
    if [[ $cur == -* || ( $options == *--* ) ]]; then options+=" $everywhere"; fi
    if [[ -n $options ]]; then mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur"); fi
}

complete -F _apitoken apitoken
