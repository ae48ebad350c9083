"""The floor of two-leg signalling: datagrams patched through between callers and an agent's phone.

    python -m bench.bare AGENT_PORT

Receives and sends what a switch must receive and send for a call, and does nothing else: no
transactions, no answer of its own, no routing. What it costs and how long it takes is what the
kernel, the interpreter and the generator take. Prints its port.
"""

import select
import socket
import sys

HOST = "127.0.0.1"


def main() -> None:
    """Until killed."""
    agents = (HOST, int(sys.argv[1]))
    front, back = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    epoll = select.epoll()
    for sock in (front, back):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.setblocking(False)
        sock.bind((HOST, 0))
        epoll.register(sock.fileno(), select.EPOLLIN)
    print(front.getsockname()[1], flush=True)
    caller = agents
    while True:
        for fd, _ in epoll.poll():
            while True:
                try:
                    if fd == front.fileno():
                        data, caller = front.recvfrom(8192)
                        back.sendto(data, agents)
                    else:
                        front.sendto(back.recv(8192), caller)
                except BlockingIOError:
                    break


if __name__ == "__main__":
    main()
