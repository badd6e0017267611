"""What the lab tests share: the containers of the lab, shunt's commands in them, XMPP clients."""
