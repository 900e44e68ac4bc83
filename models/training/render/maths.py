"""Small maths of the renderer: sRGB to linear, head rotation, smooth step."""
import numpy as np


def lin(colour):
    """sRGB 0…1 to linear."""
    c = np.asarray(colour, float)
    return np.where(c <= .04045, c / 12.92, ((c + .055) / 1.055) ** 2.4)


def rot(yaw, pitch, roll):
    """Head rotation, degrees. yaw > 0: turns to the viewer's right; pitch > 0: looks down; roll > 0: clockwise."""
    y, p, r = np.radians([yaw, pitch, -roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def smooth_step(a, b, x):
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def direction(azimuth, elevation):
    """Unit vector towards a light, radians; azimuth > 0 is the viewer's right."""
    return [float(np.sin(azimuth) * np.cos(elevation)), float(np.sin(elevation)), float(np.cos(azimuth) * np.cos(elevation))]
