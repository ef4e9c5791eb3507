#!/bin/sh
# SPDX-License-Identifier: MIT
# Takes the present ABI as the promised one: baseline.sh PYTHON LIBRARY MAP HEADER VERSION
# What it wrote is for review and commit. The frozen header and layout_1_0.c follow the header only
# before 1.0.0; from then on they are never touched.
set -eu
cd "$(dirname "$0")"
python=$1 library=$2 map=$3 header=$4 version=$5
./abidw.sh "$library" libapitoken.abignore libapitoken-1.0.abi
PYTHONPATH=../lint "$python" check_symbols.py --write "$library" "$map" "$header" symbols-1.0.txt
case $version in
0.*) cp "$header" frozen/1.0/apitoken/apitoken.h ;;
esac
echo "Written: libapitoken-1.0.abi symbols-1.0.txt frozen/1.0/"
echo "If fields or signatures changed, layout_1_0.c wants a line as well."
