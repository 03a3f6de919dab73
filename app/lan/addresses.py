"""Where this machine is on the local network: its private addresses, the best one first, and its names."""

import ipaddress
import re
import socket
from typing import NamedTuple

import ifaddr

from app.config import Settings, is_private


class Place(NamedTuple):
    """The addresses and host names of this machine."""

    addresses: tuple[str, ...]
    hosts: tuple[str, ...]


def place(settings: Settings) -> Place:
    """Return where this machine is now; the first address is the one that other devices should use."""
    return Place(settings.lan_addresses or tuple(_found()), _hosts())


def _found() -> list[str]:
    """Return the private addresses of all interfaces; those that need a scope or can't be reached from outside left out."""
    found = []
    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            address = ipaddress.ip_address(one.ip if isinstance(one.ip, str) else one.ip[0].partition("%")[0])
            if is_private(address) and not address.is_loopback and not (address.version == 6 and address.is_link_local):
                found.append((str(address) != _outgoing(), address.version, _is_bridge(adapter.name), str(address)))
    return [address for *_, address in sorted(found)]


def _outgoing() -> str:
    """Return the address that packets to elsewhere leave from; connecting a datagram socket sends none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def _is_bridge(name: str) -> bool:
    """Tell whether an interface leads to containers or virtual machines of this machine only."""
    return name.startswith(("docker", "br-", "veth", "virbr", "podman", "cni", "lxc", "lxd"))


def _hosts() -> tuple[str, ...]:
    name = socket.gethostname().partition(".")[0].lower()
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) or name == "localhost":
        return ()
    return (name, f"{name}.local")
