conf() {
    sh "$ROOT/conf" "$@"
}

test_sets_and_gets() {
    conf set app.conf server.port 8080
    assert_equal 8080 "$(conf get app.conf server.port)"
}

test_default() {
    : > app.conf
    assert_equal 80 "$(conf get app.conf server.port 80)"
}

test_lists() {
    printf 'a = 1\n[x]\nb = 2 = 3\n' > app.conf
    assert_equal 'a=1
x.b=2 = 3' "$(conf list app.conf)"
}

test_unsets_and_shows_keys() {
    printf 'a = 1\nb = 2\n' > app.conf
    conf unset app.conf a
    assert_equal b "$(conf keys app.conf)"
}

test_a_wrong_call_is_status_2() {
    assert_status 2 conf
    assert_status 2 conf get app.conf
    assert_status 2 conf frobnicate app.conf
}
