#include <stdio.h>
#include <strings.h>

#include "dns/message.h"

/* In the order of the numbers, so that a look-up can end early. */
static const struct mnemonic {
    uint16_t type;
    const char *text;
} mnemonics[] = {
    {DNS_TYPE_A, "A"},         {DNS_TYPE_NS, "NS"},
    {DNS_TYPE_MD, "MD"},       {DNS_TYPE_MF, "MF"},
    {DNS_TYPE_CNAME, "CNAME"}, {DNS_TYPE_SOA, "SOA"},
    {DNS_TYPE_MB, "MB"},       {DNS_TYPE_MG, "MG"},
    {DNS_TYPE_MR, "MR"},       {DNS_TYPE_PTR, "PTR"},
    {DNS_TYPE_HINFO, "HINFO"}, {DNS_TYPE_MINFO, "MINFO"},
    {DNS_TYPE_MX, "MX"},       {DNS_TYPE_TXT, "TXT"},
    {DNS_TYPE_RP, "RP"},       {DNS_TYPE_AFSDB, "AFSDB"},
    {DNS_TYPE_RT, "RT"},       {DNS_TYPE_SIG, "SIG"},
    {DNS_TYPE_PX, "PX"},       {DNS_TYPE_AAAA, "AAAA"},
    {DNS_TYPE_LOC, "LOC"},     {DNS_TYPE_NXT, "NXT"},
    {DNS_TYPE_SRV, "SRV"},     {DNS_TYPE_NAPTR, "NAPTR"},
    {DNS_TYPE_KX, "KX"},       {DNS_TYPE_DNAME, "DNAME"},
    {DNS_TYPE_OPT, "OPT"},     {DNS_TYPE_DS, "DS"},
    {DNS_TYPE_SSHFP, "SSHFP"}, {DNS_TYPE_RRSIG, "RRSIG"},
    {DNS_TYPE_NSEC, "NSEC"},   {DNS_TYPE_DNSKEY, "DNSKEY"},
    {DNS_TYPE_NSEC3, "NSEC3"}, {DNS_TYPE_NSEC3PARAM, "NSEC3PARAM"},
    {DNS_TYPE_TLSA, "TLSA"},   {DNS_TYPE_SVCB, "SVCB"},
    {DNS_TYPE_HTTPS, "HTTPS"}, {DNS_TYPE_TSIG, "TSIG"},
    {DNS_TYPE_IXFR, "IXFR"},   {DNS_TYPE_AXFR, "AXFR"},
    {DNS_TYPE_ANY, "ANY"},     {DNS_TYPE_URI, "URI"},
    {DNS_TYPE_CAA, "CAA"},
};

#define MNEMONICS (sizeof(mnemonics) / sizeof(mnemonics[0]))

const char *dns_type_to_text(uint16_t type, char out[16])
{
    for (size_t i = 0; i < MNEMONICS && mnemonics[i].type <= type; i++) {
        if (mnemonics[i].type == type) {
            snprintf(out, 16, "%s", mnemonics[i].text);
            return out;
        }
    }
    snprintf(out, 16, "TYPE%u", type);
    return out;
}

/* The number of "TYPE65280": one to five digits, nothing else. */
static enum err type_number(uint16_t *out, const char *digits)
{
    unsigned long value = 0;
    size_t n = 0;
    for (; digits[n] >= '0' && digits[n] <= '9' && n < 6; n++)
        value = value * 10 + (unsigned long)(digits[n] - '0');
    if (n == 0 || digits[n] != '\0')
        return ERR_NOTFOUND;
    if (value > 65535)
        return ERR_RANGE;
    *out = (uint16_t)value;
    return ERR_OK;
}

enum err dns_type_from_text(uint16_t *out, const char *text)
{
    for (size_t i = 0; i < MNEMONICS; i++) {
        if (strcasecmp(mnemonics[i].text, text) == 0) {
            *out = mnemonics[i].type;
            return ERR_OK;
        }
    }
    if (strncasecmp(text, "TYPE", 4) == 0)
        return type_number(out, text + 4);
    return ERR_NOTFOUND;
}

const char *dns_rcode_to_text(uint16_t rcode, char out[16])
{
    /* RFC 1035 §4.1.1 and RFC 2136 §2.2. */
    static const char *const names[] = {
        "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
        "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
    };
    if (rcode < sizeof(names) / sizeof(names[0]))
        snprintf(out, 16, "%s", names[rcode]);
    else if (rcode == DNS_RCODE_BADVERS)
        snprintf(out, 16, "BADVERS");
    else
        snprintf(out, 16, "RCODE%u", rcode);
    return out;
}
