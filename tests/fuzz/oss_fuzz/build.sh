#!/bin/bash -eu
# Builds the fuzz targets for OSS-Fuzz and ClusterFuzzLite: runs in their image base-builder-python, in the root of the
# project. compile_python_fuzzer packs a program and everything that it imports with PyInstaller.

python3 -m pip install '.[http,websocket]'

programs=$WORK/programs
python3 -m tests.fuzz.oss_fuzz.prepare "$programs" "$OUT"

# Most modules of the package are imported when they are first used, by names that PyInstaller does not see.
for program in "$programs"/*.py; do
    compile_python_fuzzer "$program" --paths "$PWD" --collect-all sansio_tl
done
