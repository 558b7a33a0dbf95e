"""A product's picture as PNG bytes: soft rings in the product's colours, the same each time. Pure.

Each pixel is the mean of `samples` points: more of them are smoother, and cost as much more processor time.
"""

import math
import struct
import zlib

SIDE = 48


def draw(product: int, number: int, samples: int) -> bytes:
    rows = (_row(y, product, number, samples) for y in range(SIDE))
    return png(SIDE, SIDE, b"".join(b"\0" + row for row in rows))


def png(width: int, height: int, scanlines: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(scanlines, 6)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _row(y: int, product: int, number: int, samples: int) -> bytes:
    return b"".join(_pixel(x, y, product, number, samples) for x in range(SIDE))


def _pixel(x: int, y: int, product: int, number: int, samples: int) -> bytes:
    light = sum(_wave(x + step / samples, y + step * 0.37 / samples, product, number) for step in range(samples))
    return _shade(light / samples, product)


def _wave(x: float, y: float, product: int, number: int) -> float:
    away = math.hypot(x - SIDE / 2 - 3 * number, y - SIDE / 2 + number)
    return 0.5 + 0.5 * math.sin(away * (0.3 + product * 0.02)) * math.cos(x * 0.11 * number)


def _shade(light: float, product: int) -> bytes:
    hue = product * 0.31
    return bytes(int(255 * light * (0.6 + 0.4 * math.sin(hue + part * 2.1))) for part in range(3))
