# Helpers for text. They leave their result in REPLY, so that callers need no subshell.

# The text without the blanks around it.
str_trim() { # TEXT
    REPLY=${1#"${1%%[![:space:]]*}"}
    REPLY=${REPLY%"${REPLY##*[![:space:]]}"}
}

# Is the text made of letters, digits, "_" and "-" only?
str_is_name() { # TEXT
    case $1 in
        '' | *[!A-Za-z0-9_-]*) return 1 ;;
    esac
}
