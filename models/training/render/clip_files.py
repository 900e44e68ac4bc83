"""ffmpeg at the end of a pipe: pictures into h264 (BT.709, limited range) or lossless grey, and sound for a clip."""
import os
import subprocess

from voice import speak, write_wave

BT709 = ['-pix_fmt', 'yuv420p', '-vf', 'scale=out_color_matrix=bt709:out_range=tv', '-colorspace', 'bt709', '-color_primaries', 'bt709',
         '-color_trc', 'bt709', '-color_range', 'tv']


class Picture:
    """A video file to write frames to. `gray`: ffv1, the bytes come back as they were."""

    def __init__(self, path, size, fps, crf=18, sound=None, gray=False):
        self.path = path
        given = ['-f', 'rawvideo', '-pix_fmt', 'gray' if gray else 'rgb24', '-s', f'{size[0]}x{size[1]}', '-r', str(fps), '-i', '-']
        if sound:
            given += ['-i', sound, '-c:a', 'aac', '-b:a', '96k', '-shortest']
        codec = ['-c:v', 'ffv1', '-level', '3', '-g', '250', '-coder', '2', '-context', '1', '-slices', '4'] if gray else \
            ['-c:v', 'libx264', '-crf', str(crf), '-preset', 'medium', '-threads', '1', *BT709, '-movflags', '+faststart']
        self.process = subprocess.Popen(['ffmpeg', '-y', '-loglevel', 'error', *given, *codec, '-fflags', '+bitexact', '-map_metadata', '-1', path],
                                        stdin=subprocess.PIPE)

    def write(self, pixels):
        self.process.stdin.write(pixels.tobytes())

    def close(self):
        self.process.stdin.close()
        if self.process.wait():
            raise SystemExit(f'ffmpeg could not write {self.path}')


def write_audio(folder, name, sound):
    """The voice of a clip as a .wav beside it (removed after muxing); its path."""
    path = os.path.join(folder, name + '.part.wav')
    write_wave(path, speak(sound['said'], sound['seconds'], sound['pitch'], sound['seed']))
    return path
