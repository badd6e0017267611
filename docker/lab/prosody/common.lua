-- What both Prosody servers have in common.
pidfile = "/run/prosody/prosody.pid"
data_path = "/var/lib/prosody"
log = { { levels = { min = "debug" }, to = "console" } }
admins = { }

modules_enabled = { "roster", "saslauth", "tls", "dialback", "disco", "ping", "offline", "carbons" }
authentication = "internal_plain"
allow_registration = false

-- The usual ports, and the odd ones that the policy's SRV records name.
c2s_ports = { 5222, 15222 }
c2s_direct_tls_ports = { 5223, 15223 }
s2s_ports = { 5269, 15269 }
s2s_direct_tls_ports = { 5270, 15270 }
interfaces = { "*" }

c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = true
