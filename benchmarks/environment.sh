# To be sourced: makes an environment for peers, apart from langloom's own, unless it is there and newer than its pins.
#
#   environment FOLDER REQUIREMENTS    PYTHON is the interpreter (default: python3.11)
#   need_langloom COMMAND              ends with status 2 where there is no such command
environment() {
    if [ ! -e "$1/.installed" ] || [ "$2" -nt "$1/.installed" ]; then
        "${PYTHON:-python3.11}" -m venv "$1"
        "$1/bin/pip" install --quiet --requirement "$2"
        touch "$1/.installed"
    fi
}

need_langloom() {
    if [ ! -x "$1" ]; then
        echo "there is no command $1; let make install it" >&2
        exit 2
    fi
}
