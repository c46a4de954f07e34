# Reading and writing configuration files. Needs strings.sh.
# The status is 1 if a setting does not exist, and 2 if a file or a name is wrong.

conf_error() { # MESSAGE
    printf 'conf: %s\n' "$1" >&2
}

# Split a line KEY = VALUE into conf_key and conf_value.
conf_parse_setting() { # LINE
    str_trim "${1%%=*}"
    conf_key=$REPLY
    str_trim "${1#*=}"
    conf_value=$REPLY
    str_is_name "$conf_key"
}

# Split a line [SECTION] into conf_section, with a dot at its end.
conf_parse_section() { # LINE
    conf_section=${1#[}
    str_trim "${conf_section%]}"
    conf_section=$REPLY.
}

# Write all settings, one per line, as NAME=VALUE.
conf_list() { # FILE
    if [ ! -r "$1" ]; then
        conf_error "$1: cannot be read"
        return 2
    fi
    conf_section=
    conf_number=0
    while IFS= read -r conf_line || [ -n "$conf_line" ]; do
        conf_number=$((conf_number + 1))
        str_trim "$conf_line"
        case $REPLY in
            '' | '#'* | ';'*) ;;
            '['*']')
                conf_parse_section "$REPLY"
                ;;
            *=*)
                if ! conf_parse_setting "$REPLY"; then
                    conf_error "$1: line $conf_number: $conf_key is no name of a setting"
                    return 2
                fi
                printf '%s=%s\n' "$conf_section$conf_key" "$conf_value"
                ;;
            *)
                conf_error "$1: line $conf_number: expected KEY = VALUE"
                return 2
                ;;
        esac
    done < "$1"
}

# Write the value of a setting, or the default if there is no such setting.
conf_get() { # FILE NAME [DEFAULT]
    conf_settings=$(conf_list "$1") || return 2
    conf_found=${3+default}
    conf_result=${3-}
    while IFS= read -r conf_line; do
        if [ "${conf_line%%=*}" = "$2" ]; then
            conf_found=yes
            conf_result=${conf_line#*=}
        fi
    done <<EOF
$conf_settings
EOF
    [ -n "$conf_found" ] && printf '%s\n' "$conf_result"
}

# Write the names of all settings, each once, in the order of the file.
conf_keys() { # FILE
    conf_settings=$(conf_list "$1") || return 2
    conf_seen=' '
    while IFS= read -r conf_line; do
        conf_name=${conf_line%%=*}
        case $conf_seen in
            *" $conf_name "*) ;;
            *)
                conf_seen="$conf_seen$conf_name "
                [ -z "$conf_name" ] || printf '%s\n' "$conf_name"
                ;;
        esac
    done <<EOF
$conf_settings
EOF
}

# Change a setting, or add it at the end of its section. Everything else in the file stays.
conf_set() { # FILE NAME VALUE
    conf_key=${2##*.}
    if ! str_is_name "$conf_key"; then
        conf_error "$2 is no name of a setting"
        return 2
    fi
    [ -e "$1" ] || : > "$1" || return 2
    conf_edit "$1" "$2" "$conf_key = $3"
}

# Remove a setting.
conf_unset() { # FILE NAME
    conf_get "$1" "$2" > /dev/null || return $?
    conf_edit "$1" "$2" ''
}

# Put a line in the place of a setting. An empty line removes the setting.
conf_edit() { # FILE NAME LINE
    conf_wanted=
    case $2 in
        *.*) conf_wanted=${2%.*}. ;;
    esac
    conf_new=$3
    conf_section=
    while IFS= read -r conf_line || [ -n "$conf_line" ]; do
        str_trim "$conf_line"
        case $REPLY in
            '#'* | ';'*) ;;
            '['*']')
                [ "$conf_section" != "$conf_wanted" ] || conf_write_new
                conf_parse_section "$REPLY"
                ;;
            *=*)
                conf_parse_setting "$REPLY"
                if [ "$conf_section$conf_key" = "$2" ]; then
                    conf_write_new
                    continue
                fi
                ;;
        esac
        printf '%s\n' "$conf_line"
    done < "$1" > "$1.new"
    if [ -n "$conf_new" ]; then
        {
            [ "$conf_section" = "$conf_wanted" ] || printf '[%s]\n' "${conf_wanted%.}"
            conf_write_new
        } >> "$1.new"
    fi
    mv "$1.new" "$1"
}

conf_write_new() {
    [ -z "$conf_new" ] || printf '%s\n' "$conf_new"
    conf_new=
}
