"""ICC profiles made from numbers, and what they make of colours, computed without LittleCMS."""

import struct

import numpy as np

WHITE_D50 = (0.9642, 1.0, 0.8249)
# The colorants of red, green and blue as XYZ under D50, by column.
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]]
)
P3 = np.array(
    [[0.51512, 0.29198, 0.1571], [0.2412, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
ADOBE = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
PROPHOTO = np.array([[0.79767, 0.13519, 0.03134], [0.28804, 0.71188, 0.00009], [0, 0, 0.82491]])
EXCHANGED = SRGB[:, [1, 0, 2]]


def srgb_curve(levels):
    levels = np.asarray(levels, float)
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def encoded(linear):
    """From linear light to sRGB's levels, 0 to 255."""
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def gamma(exponent):
    return lambda levels: np.asarray(levels, float) ** exponent


def rgb_in_srgb(rgb, colorants, curve):
    """What a viewer shows of RGB, ... x 3, uint8."""
    linear = curve(np.asarray(rgb) / 255) @ colorants.T @ np.linalg.inv(SRGB).T
    return encoded(linear)


def rgb_profile(colorants, curve):
    curves = {f'{channel}TRC': _curve(curve) for channel in 'rgb'}
    points = {f'{channel}XYZ': _xyz(colorants[:, i]) for i, channel in enumerate('rgb')}
    return _profile(b'RGB ', b'mntr', b'XYZ ', {**points, **curves})


def grey_profile(curve):
    return _profile(b'GRAY', b'mntr', b'XYZ ', {'kTRC': _curve(curve)})


def cmyk_profile(lab_of_inks):
    """Of a function from (c, m, y, k), each 0 or 1, to (L, a, b); linear in between."""
    inks = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing='ij'), axis=-1).reshape(-1, 4)
    lab = np.array([lab_of_inks(*ink) for ink in inks])
    nodes = np.rint(lab * (2.55, 1, 1) + (0, 128, 128)).astype(np.uint8)
    identity = struct.pack('>9i', *(np.eye(3, dtype=int).ravel() * 65536))
    ramp = bytes(range(256))
    table = b'mft1\0\0\0\0' + bytes([4, 3, 2, 0]) + identity + 4 * ramp + nodes.tobytes() + 3 * ramp
    return _profile(b'CMYK', b'prtr', b'Lab ', {'A2B0': table})


def _curve(curve):
    levels = np.rint(65535 * curve(np.linspace(0, 1, 1024))).astype('>u2')
    return b'curv\0\0\0\0' + struct.pack('>I', len(levels)) + levels.tobytes()


def _xyz(point):
    return b'XYZ \0\0\0\0' + struct.pack('>3i', *np.rint(np.array(point) * 65536).astype(int))


def _profile(space, device, connection, tags):
    description = b'desc\0\0\0\0' + struct.pack('>I', 5) + b'made\0' + bytes(78)
    tags = {'desc': description, 'wtpt': _xyz(WHITE_D50), **tags}
    start = 132 + 12 * len(tags)
    table, data = struct.pack('>I', len(tags)), b''
    for name, content in tags.items():
        table += name.encode() + struct.pack('>II', start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    size = struct.pack('>I4xI', start + len(data), 0x02100000)
    header = size + device + space + connection + bytes(12) + b'acsp' + bytes(28)
    header += _xyz(WHITE_D50)[8:] + bytes(48)
    return header + table + data
