# Loads the whole library. CONFSH_LIB names the directory of this file.
. "$CONFSH_LIB/strings.sh"
. "$CONFSH_LIB/conf.sh"
