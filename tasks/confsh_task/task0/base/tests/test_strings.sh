test_trims_blanks() {
    str_trim '  a b	 '
    assert_equal 'a b' "$REPLY"
}

test_trims_only_blanks_to_nothing() {
    str_trim '   '
    assert_equal '' "$REPLY"
}

test_knows_names() {
    assert_status 0 str_is_name 'max-size_2'
    assert_status 1 str_is_name ''
    assert_status 1 str_is_name 'two words'
    assert_status 1 str_is_name 'a=b'
}
