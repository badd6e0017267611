-- prosody2
Include "/etc/lab/common.lua"

ssl = {
    certificate = "/etc/lab/tls/prosody2.crt";
    key = "/etc/lab/tls/prosody2.key";
    cafile = "/etc/lab/tls/ca.crt";
}

VirtualHost "lab.example"
VirtualHost "two.example"
VirtualHost "public.example"
-- A domain for each program of the client box: they run side by side, and their lookups can be told apart.
VirtualHost "slixmpp.lab.example"
VirtualHost "aioxmpp.lab.example"
VirtualHost "profanity.lab.example"
VirtualHost "gosendxmpp.lab.example"
-- A domain for each situation of the tests of servers among themselves (tests/lab/lib/servers.py).
for name in ("srv tls mixed nxdomain nodata dot servfail drop many refused"):gmatch("%S+") do
    VirtualHost(name .. ".two.example")
end
