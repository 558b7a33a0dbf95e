"""Announces a zone's pod prefix to the other zones' speakers and keeps the node's packet filter to what was announced.

One speaker a node (a DaemonSet on the host's network). What to announce, withdraw and suppress is decided in `policy`
and `routes`, which know nothing of sockets, files or iptables; `store`, `peers` and `packet_filter` are the edges.
Does not belong here: reachability probes. A route is what was announced, never what was measured.
"""
