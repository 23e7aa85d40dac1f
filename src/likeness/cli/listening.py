"""Taking the port, before anything is made or shown."""

import errno
import ipaddress
import socket


class ListenError(Exception):
    """The address cannot be listened on; the message says why."""


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to an address, not yet listening; port 0 takes a free one.

    Raises:
        ListenError: another process listens there, or the address is not one of this machine.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # Else a restart would have to wait for the last connections of the server before.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def listen(listener: socket.socket, host: str) -> None:
    """Let connections in; they wait until they are served.

    Raises:
        ListenError: another process was first, since it was bound.
    """
    try:
        listener.listen()
    except OSError as error:
        raise _refused(host, port_of(listener), error) from error


def port_of(listener: socket.socket) -> int:
    """The port that it is bound to."""
    port: int = listener.getsockname()[1]
    return port


def url(listener: socket.socket, host: str) -> str:
    """Where it serves: `http://host:port`."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port_of(listener)}"


def local_url(listener: socket.socket, host: str) -> str:
    """Where this machine reaches it: by the loopback address when it is bound to all addresses."""
    if not ipaddress.ip_address(listener.getsockname()[0]).is_unspecified:
        return url(listener, host)
    return url(listener, "::1" if listener.family is socket.AF_INET6 else "127.0.0.1")


def _refused(host: str, port: int, error: OSError | UnicodeError) -> ListenError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return ListenError(f"port {port} on {host} is in use; choose another with --port")
    reason = error.strerror if isinstance(error, OSError) else "it is no host name"
    return ListenError(f"the server cannot listen on {host}, port {port}: {reason}; choose others with --host, --port")
