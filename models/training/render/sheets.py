"""Sheets of pictures and label colours, for looking."""
import numpy as np

PALETTE = np.array([[0, 0, 0], [220, 60, 70], [110, 70, 30], [60, 120, 230], [150, 90, 200], [250, 160, 60], [245, 205, 170],
                    [230, 120, 170], [200, 180, 90], [255, 255, 255], [60, 220, 220], [255, 230, 0]], np.uint8)


def sheet(pictures, columns):
    """Pictures of one size, row by row."""
    h, w = pictures[0].shape[:2]
    out = np.zeros((-(-len(pictures) // columns) * h, columns * w, 3), np.uint8)
    for i, picture in enumerate(pictures):
        out[i // columns * h:i // columns * h + h, i % columns * w:i % columns * w + w] = picture
    return out
