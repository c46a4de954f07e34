test_changes_a_value_in_its_place() {
    printf '# first\na = 1\nb = 2\n' > app.conf
    conf_set app.conf a 3
    assert_equal '# first
a = 3
b = 2' "$(cat app.conf)"
}

test_adds_to_the_end_of_a_section() {
    printf '[x]\na = 1\n[y]\na = 2\n' > app.conf
    conf_set app.conf x.b 3
    assert_equal '[x]
a = 1
b = 3
[y]
a = 2' "$(cat app.conf)"
}

test_adds_a_section() {
    printf 'a = 1\n' > app.conf
    conf_set app.conf x.y.b 2
    assert_equal 'a = 1
[x.y]
b = 2' "$(cat app.conf)"
}

test_adds_a_setting_above_the_sections() {
    printf '[x]\na = 1\n' > app.conf
    conf_set app.conf a 2
    assert_equal 'a = 2
[x]
a = 1' "$(cat app.conf)"
}

test_makes_the_file() {
    conf_set app.conf a 1
    assert_equal 'a = 1' "$(cat app.conf)"
}

test_leaves_one_of_several() {
    printf 'a = 1\na = 2\n' > app.conf
    conf_set app.conf a 3
    assert_equal 'a = 3' "$(cat app.conf)"
}

test_refuses_a_wrong_name() {
    assert_status 2 conf_set app.conf x. 1
}

test_unsets() {
    printf '[x]\na = 1\nb = 2\n' > app.conf
    conf_unset app.conf x.a
    assert_equal '[x]
b = 2' "$(cat app.conf)"
}

test_unsetting_nothing_is_status_1() {
    printf 'a = 1\n' > app.conf
    assert_status 1 conf_unset app.conf x.a
}
