example() {
    cat > app.conf <<'EOF'
# An example
debug = yes

[server]
port=8080
  motd =   hello = world
; another comment
port = 9090

[server.log]
file =
EOF
}

test_gets_a_value() {
    example
    assert_equal yes "$(conf_get app.conf debug)"
}

test_gets_a_value_of_a_section() {
    example
    assert_equal 'hello = world' "$(conf_get app.conf server.motd)"
}

test_the_last_one_holds() {
    example
    assert_equal 9090 "$(conf_get app.conf server.port)"
}

test_a_value_can_be_empty() {
    example
    assert_status 0 conf_get app.conf server.log.file
    assert_equal '' "$(conf_get app.conf server.log.file)"
}

test_a_missing_setting_is_status_1() {
    example
    assert_status 1 conf_get app.conf port
}

test_a_default_stands_in() {
    example
    assert_equal 1 "$(conf_get app.conf port 1)"
    assert_equal '' "$(conf_get app.conf port '')"
    assert_equal yes "$(conf_get app.conf debug no)"
}

test_keys_are_written_once() {
    example
    assert_equal 'debug server.port server.motd server.log.file' "$(conf_keys app.conf | tr '\n' ' ' | sed 's/ $//')"
}

test_an_empty_file_has_no_keys() {
    : > app.conf
    assert_equal '' "$(conf_keys app.conf)"
}

test_a_missing_file_is_status_2() {
    assert_status 2 conf_get no.conf a
    assert_status 2 conf_keys no.conf
}

test_a_wrong_line_is_named() {
    printf 'a = 1\nnonsense\n' > app.conf
    assert_status 2 conf_list app.conf
    assert_equal 'conf: app.conf: line 2: expected KEY = VALUE' "$(conf_list app.conf 2>&1 > /dev/null)"
}

test_a_last_line_without_an_end_counts() {
    printf 'a = 1' > app.conf
    assert_equal 1 "$(conf_get app.conf a)"
}
