#include "zone_help.h"

/* Text and the records that it stands for; nothing to be found fault with. */
static const struct {
    const char *text, *records;
} good[] = {
    {"", ""},
    {"\n  \n;; comment\n\t; another", ""},
    {"\xef\xbb\xbf"
     "a.example. 7 IN A 192.0.2.1",
     "a.example. 7 1 c0000201\n"},
    /* As dig prints it. */
    {";; ANSWER SECTION:\n"
     "_xmpp-client._tcp.Lab.example.\t300 IN\tSRV\t10 5 5222 XMPP1.lab.example.\n",
     "_xmpp-client._tcp.lab.example. 300 33 "
     "000a0005146605584d505031036c6162076578616d706c6500\n"},
    /* A table of Prosody's documentation, heading and all. */
    {"record name TTL class type priority weight port target\n"
     "_xmpps-server._tcp.example.com. 3600 IN SRV 0 5 5270 xmpp.example.com.\n",
     "_xmpps-server._tcp.example.com. 3600 33 "
     "00000005149604786d7070076578616d706c6503636f6d00\n"},
    /* Without $ORIGIN a name is absolute, dot or no dot. */
    {"a.example 7 SRV 0 5 5222 b.example", "a.example. 7 33 0000000514660162076578616d706c6500\n"},
    /* TTL and class in either order, or left out. */
    {"a 7 IN A 1.2.3.4\na IN 7 A 1.2.3.4\na A 1.2.3.4\na in a 1.2.3.4\na CLASS1 A 1.2.3.4",
     "a. 7 1 01020304\na. 7 1 01020304\na. 5 1 01020304\na. 5 1 01020304\na. 5 1 01020304\n"},
    {"a 1h30m A 1.2.3.4\na 2147483647 A 1.2.3.4\na 0 A 1.2.3.4\na 1W1d A 1.2.3.4",
     "a. 5400 1 01020304\na. 2147483647 1 01020304\na. 0 1 01020304\na. 691200 1 01020304\n"},
    /* The owner of the line before; a line that is only indented has one of its own. */
    {"a A 1.2.3.4\n  A 1.2.3.5\n\t9 IN A 1.2.3.6\n  b A 1.2.3.7\n   A 1.2.3.8",
     "a. 5 1 01020304\na. 5 1 01020305\na. 9 1 01020306\nb. 5 1 01020307\nb. 5 1 01020308\n"},
    {"$ORIGIN lab.example.\n@ A 1.2.3.4\nb A 1.2.3.4\nc.other. A 1.2.3.4\n$ORIGIN sub\nd CNAME @",
     "lab.example. 5 1 01020304\nb.lab.example. 5 1 01020304\nc.other. 5 1 01020304\n"
     "d.sub.lab.example. 5 5 03737562036c6162076578616d706c6500\n"},
    {"$TTL 1m\na A 1.2.3.4\n$ttl 2\na A 1.2.3.4\na 3 A 1.2.3.4",
     "a. 60 1 01020304\na. 2 1 01020304\na. 3 1 01020304\n"},
    /* Parentheses, comments in them, no blank around them. */
    {"a. 7 IN SRV (0 5 ; first ( \n\n 5222\tb.)\nc A(1.2.3.4)",
     "a. 7 33 000000051466016200\nc. 5 1 01020304\n"},
    {"@ SOA ns admin 1 1h 2 3 ( 4 )",
     ". 5 6 026e73000561646d696e000000000100000e10000000020000000300000004\n"},
    {"a A 1.2.3.4\r\nb\xc2\xa0"
     "A\xc2\xa0"
     "1.2.3.5\r\n",
     "a. 5 1 01020304\nb. 5 1 01020305\n"},
    /* Strings: quotes, escapes, what is no comment and no parenthesis in them. */
    {"t TXT \"a;b(c)\" d\\;e \"q\\\"\" \\065\\\\ \"\" pl\xc3\xa4", "t. 5 16 06613b62286329"
                                                                   "03643b65"
                                                                   "027122"
                                                                   "02415c"
                                                                   "00"
                                                                   "04706cc3a4\n"},
    {"t TXT \"a\"\"b\"", "t. 5 16 01610162\n"},
    /* U-labels in owners and targets. */
    {"_xmpp-client._tcp.pl\xc3\xa4.Example SRV 0 5 1 Gr\xc3\xbc\xc3\x9f"
     "e",
     "_xmpp-client._tcp.xn--pl-wia.example. 5 33 "
     "0000000500010d786e2d2d6772652d366b61386c00\n"},
    {"*.lab AAAA 2001:db8::1", "*.lab. 5 28 20010db8000000000000000000000001\n"},
    {"a\\.b\\010 NS \\@", "a\\.b\\010. 5 2 014000\n"},
    /* A last dot that is escaped is a part of the label. */
    {"$ORIGIN o.\na\\. A 1.2.3.4\na\\\\. A 1.2.3.4", "a\\..o. 5 1 01020304\na\\\\. 5 1 01020304\n"},
    {"a MX 10 m\na PTR p\na DNAME d", "a. 5 15 000a016d00\na. 5 12 017000\na. 5 39 016400\n"},
    {"_5222._tcp.a TLSA 3 1 1 aAb bcC", "_5222._tcp.a. 5 52 030101aabbcc\n"},
    /* By way of ldns. */
    {"a CAA 0 issue \"ca.example; x=y\"",
     "a. 5 257 0005697373756563612e6578616d706c653b20783d79\n"},
    {"$ORIGIN o.\na RP m t", "a.o. 5 17 016d016f000174016f00\n"},
    {"a HTTPS 1 . alpn=\"h2,h3\" port=443", "a. 5 65 000100000100060268320268330003000201bb\n"},
    {"a TYPE65280 \\# 4 0a0000 01\na TYPE65280 \\# 0\na TYPE1 \\# 4 01020304\na A \\# 4 01020304",
     "a. 5 65280 0a000001\na. 5 65280 \na. 5 1 01020304\na. 5 1 01020304\n"},
    {"a type33 0 0 0 .", "a. 5 33 00000000000000\n"},
};

static void test_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct zone_result z;
        zone_read_text(&z, good[i].text);
        zone_expect_clean(&z);
        struct text out = zone_print(&z);
        assert_string_equal(out.data, good[i].records);
        text_deinit(&out);
        zone_result_deinit(&z);
    }
}

/* Text with one mistake: where it is, a part of what is said, and of the hint. */
static const struct {
    const char *text, *code;
    unsigned line, column;
    const char *message, *hint;
    size_t records; /* read all the same */
} bad[] = {
    {"a A 1.2.3.4\nb SRV 0 5 xmpp.example.\nc A 1.2.3.4", "record-fields", 2, 3,
     "SRV with 3 fields: 4 wanted", "priority weight port target", 2},
    {"b SRV 0 5 1 a. b.", "record-fields", 1, 16, "SRV with 5 fields", "priority weight", 0},
    {"b SRV", "record-fields", 1, 3, "SRV with 0 fields", "priority weight", 0},
    {"b SRV 0 5 70000 a.", "record-value", 1, 11, "'70000' is not the port", "0 to 65535", 0},
    {"b SRV -1 5 1 a.", "record-value", 1, 7, "'-1' is not the priority", "priority weight", 0},
    {"b SRV 0 5 xmpp. 1", "record-value", 1, 11, "'xmpp.' is not the port", "priority weight", 0},
    {"b SRV 0 5 1 a..b", "record-name", 1, 13, "'a..b' is not a domain name", "one dot", 0},
    {"b SRV 0 5 1 \"a\"", "record-name", 1, 13, "is not a domain name", NULL, 0},
    {"b A 1.2.3", "record-value", 1, 5, "'1.2.3' is not the address", "192.0.2.1", 0},
    {"b A ::1", "record-value", 1, 5, "'::1'", "AAAA", 0},
    {"b AAAA 1.2.3.4", "record-value", 1, 8, "'1.2.3.4'", "whose type is A", 0},
    {"b AAAA x", "record-value", 1, 8, "'x' is not the address of an AAAA", "2001:db8::1", 0},
    {"b A", "record-fields", 1, 3, "A with 0 fields: 1 wanted", "IPv4", 0},
    {"b TXT", "record-fields", 1, 3, "TXT with 0 fields", "255", 0},
    {"b TXT \"\\300\"", "record-value", 1, 7, "not the string", "\\255", 0},
    {"b TLSA 3 1 aabb", "record-fields", 1, 3, "TLSA with 3", "usage selector matching", 0},
    {"b TLSA 256 1 1 aa", "record-value", 1, 8, "'256' is not the usage", "0 to 255", 0},
    {"b TLSA 3 1 1 aa b", "record-value", 1, 17, "'b' is not", "one is missing", 0},
    {"b TLSA 3 1 1 aa xx", "record-value", 1, 17, "'xx' is not", "hex", 0},
    {"b SVR 0 5 1 a.", "record-type", 1, 3, "'SVR' is not a record type", "mean SRV?", 0},
    {"b 7 IN bogustype x", "record-type", 1, 8, "'bogustype'", "TYPE65280", 0},
    {"b TYPE65536 \\# 0", "record-type", 1, 3, "'TYPE65536'", NULL, 0},
    {"b TYPE0 \\# 0", "record-type", 1, 3, "no record can have", NULL, 0},
    {"b OPT x", "record-type", 1, 3, "no record can have the type 'OPT'", "questions", 0},
    {"b ANY x", "record-type", 1, 3, "no record can have the type 'ANY'", NULL, 0},
    {"b AXFR x", "record-type", 1, 3, "'AXFR'", NULL, 0},
    {"b TSIG x", "record-type", 1, 3, "'TSIG'", NULL, 0},
    {"b 7 IN", "record-type", 1, 5, "without a type", NULL, 0},
    {"b", "record-type", 1, 1, "without a type", NULL, 0},
    {"b CH A 1.2.3.4", "record-class", 1, 3, "the class 'CH'", "class IN", 0},
    {"b CLASS255 A 1.2.3.4", "record-class", 1, 3, "'CLASS255'", "class IN", 0},
    {"b 2147483648 A 1.2.3.4", "record-ttl", 1, 3, "'2147483648' is too large", "2147483647", 0},
    {"b 99999999999999999999 A 1.2.3.4", "record-ttl", 1, 3, "too large", NULL, 0},
    {"b 1x A 1.2.3.4", "record-ttl", 1, 3, "'1x' is neither", NULL, 0},
    {"b 1 2 A 1.2.3.4", "record-type", 1, 5, "'2' is not a record type", NULL, 0},
    {"$TTL x", "record-ttl", 1, 6, "'x' is not a TTL", "$TTL SECONDS", 0},
    {"$TTL", "zone-directive", 1, 1, "too little after $TTL", "$TTL SECONDS", 0},
    {"$ORIGIN a. b.", "zone-directive", 1, 12, "too much after $ORIGIN", NULL, 0},
    {"$ORIGIN a..", "record-name", 1, 9, "'a..'", NULL, 0},
    {"$GENERATE 1-2 a A 1.2.3.4", "zone-directive", 1, 1, "'$GENERATE'", "$INCLUDE", 0},
    {"$INCLUDE \"\"", "zone-include", 1, 10, "not the name of a file", NULL, 0},
    {"$INCLUDE no/such/file", "zone-file", 1, 10, "no/such/file", NULL, 0},
    {"   A 1.2.3.4", "record-owner", 1, 4, "without a name", "record before", 0},
    {"a A 1.2.3.4\n# b\n  A 1.2.3.5", "record-owner", 2, 1, "#", "begins with ;", 2},
    /* What follows a bad owner belongs to it, and is not said to be bad again. */
    {"a A 1.2.3.4\n.b A 1.2.3.4\n  A 1.2.3.4\nc A 1.2.3.4", "record-name", 2, 1, "'.b'", NULL, 2},
    {"\xff\xfe A 1.2.3.4", "record-name", 1, 1, "is not a domain name", NULL, 0},
    {"a TXT \"x\nb A 1.2.3.4", "zone-quote", 1, 7, "not closed", NULL, 1},
    {"a TXT \"x", "zone-quote", 1, 7, "not closed", NULL, 0},
    {"a TXT x\\\nb A 1.2.3.4", "zone-escape", 1, 8, "backslash", NULL, 1},
    {"a A 1.2.3.4 )\nb A 1.2.3.4", "zone-parenthesis", 1, 13, "without a (", NULL, 1},
    {"a SRV ( 0 5 1 c.\nb A 1.2.3.4", "zone-parenthesis", 1, 7, "not closed", NULL, 1},
    {"b CAA foo", "record-value", 1, 7, "type CAA", "flags tag value", 0},
    {"b CAA", "record-value", 1, 3, "type CAA", "flags tag value", 0},
    {"b TYPE65280 abc", "record-value", 1, 13, "TYPE65280", "\\# LENGTH HEX", 0},
    {"b A \\# 5 0102030405", "record-value", 1, 8, "length", "as long as said", 0},
    {"b SRV \\# 3 010203", "record-value", 1, 7, "SRV", NULL, 0},
    {"b HINFO pl\xc3\xa4 x", "record-value", 1, 9, "not ASCII", "xn--", 0},
    /* Columns are characters. */
    {"pl\xc3\xa4 A x", "record-value", 1, 7, "'x'", NULL, 0},
};

static void test_findings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct zone_result z;
        zone_read_text(&z, bad[i].text);
        if (z.diags.count != 1)
            fail_msg("%zu findings in: %s", z.diags.count, bad[i].text);
        const struct diag *d = &z.diags.items[0];
        assert_string_equal(d->code, bad[i].code);
        assert_string_equal(d->file, "lab.yaml");
        if (d->line != bad[i].line || d->column != bad[i].column)
            fail_msg("%s: at %u:%u", bad[i].text, d->line, d->column);
        if (!strstr(d->message, bad[i].message))
            fail_msg("%s: %s", bad[i].text, d->message);
        if (bad[i].hint && (!d->hint || !strstr(d->hint, bad[i].hint)))
            fail_msg("%s: hint %s", bad[i].text, d->hint ? d->hint : "none");
        assert_int_equal(z.model.record_count, bad[i].records);
        assert_int_equal(d->level, DIAG_ERROR);
        zone_result_deinit(&z);
    }
}

static void test_all_mistakes_are_found(void **state)
{
    (void)state;
    struct zone_result z;
    zone_read_text(&z, "a A x\nb A 1.2.3.4\nc A y\n\"\nd A 1.2.3.4\ne BOGUS\n");
    assert_int_equal(z.diags.errors, 4);
    assert_int_equal(z.model.record_count, 2);
    assert_int_equal(z.diags.items[3].line, 6);
    zone_result_deinit(&z);
}

static void test_nul_bytes(void **state)
{
    (void)state;
    static const struct {
        const char text[16];
        size_t len;
        unsigned line;
    } rows[] = {
        {"a\0A 1", 5, 1},       {"\0", 1, 1},         {";x\n; \0\n", 7, 2},
        {"a TXT \"\0\"", 9, 1}, {"a TXT \\\0", 8, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zone_result z;
        zone_read_bytes(&z, rows[i].text, rows[i].len);
        assert_int_equal(z.diags.errors, 1);
        assert_int_equal(z.diags.items[0].line, rows[i].line);
        assert_int_equal(z.model.record_count, 0);
        zone_result_deinit(&z);
    }
}

/* The place of a record is its first word's; in an indented block columns start further right. */
static void test_places(void **state)
{
    (void)state;
    static const char text[] = "; comment\na A 1.2.3.4\n  A 1.2.3.5\nb A x";
    struct place block = {.file = "lab.yaml", .line = 12, .column = 3};
    struct place option = {.file = "--record 1"};
    struct zone_result z = {0};
    assert_int_equal(policy_zone_read(&z.model, text, strlen(text), &block, 5, &z.diags), ERR_OK);
    assert_int_equal(policy_zone_read(&z.model, "c A x", 5, &option, 5, &z.diags), ERR_OK);
    assert_int_equal(z.model.record_count, 2);
    assert_int_equal(z.model.records[0].place.line, 13);
    assert_int_equal(z.model.records[0].place.column, 3);
    assert_int_equal(z.model.records[1].place.line, 14);
    assert_int_equal(z.model.records[1].place.column, 5);
    assert_int_equal(z.diags.count, 2);
    assert_int_equal(z.diags.items[0].line, 15);
    assert_int_equal(z.diags.items[0].column, 7);
    assert_string_equal(z.diags.items[1].file, "--record 1");
    assert_int_equal(z.diags.items[1].line, 0);
    assert_int_equal(z.diags.items[1].column, 0);
    zone_result_deinit(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_all_mistakes_are_found),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
