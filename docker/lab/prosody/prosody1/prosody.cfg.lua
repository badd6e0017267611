-- prosody1
Include "/etc/lab/common.lua"

ssl = {
    certificate = "/etc/lab/tls/prosody1.crt";
    key = "/etc/lab/tls/prosody1.key";
    cafile = "/etc/lab/tls/ca.crt";
}

VirtualHost "lab.example"
VirtualHost "one.example"
-- A domain for each program of the client box: they run side by side, and their lookups can be told apart.
VirtualHost "slixmpp.lab.example"
VirtualHost "aioxmpp.lab.example"
VirtualHost "profanity.lab.example"
VirtualHost "gosendxmpp.lab.example"
Component "muc.lab.example" "muc"
Component "rooms.lab.example" "muc"
