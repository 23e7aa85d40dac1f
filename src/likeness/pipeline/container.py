"""How libav may open a clip: from memory, known formats only, nothing beside it.

A clip's container cannot name another file: formats that do (playlists, concatenation, image sequences) are not on the
list, and any attempt to open something else is refused.
"""

from io import BytesIO

from likeness.domain.errors import VideoFormatError
from likeness.pipeline.frames import SIDE_LIMIT_PX

PICTURE_CODECS = (
    "h264,hevc,vvc,libdav1d,av1,vp8,vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4v2,msmpeg4,h263,h263i,flv,"
    "theora,mjpeg,wmv1,wmv2,wmv3,vc1,prores,dnxhd,ffv1,rawvideo,gif"
)
SOUND_CODECS = (
    "aac,mp1,mp1float,mp2,mp2float,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,ac3,eac3,amrnb,amrwb,"
    "libopencore_amrnb,libopencore_amrwb,wmav1,wmav2,pcm_s16le,pcm_s16be,pcm_u8,pcm_s24le,pcm_s32le,pcm_f32le,"
    "pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
OPTIONS = {
    "format_whitelist": "mov,matroska,webm,avi,mpeg,mpegts,flv,asf,ogg,gif,ivf",
    "protocol_whitelist": "none",
    "codec_whitelist": f"{PICTURE_CODECS},{SOUND_CODECS}",
    "max_pixels": str(SIDE_LIMIT_PX**2),
    "threads": "1",
}


def refuse_to_open(url: str, flags: int, options: dict[str, str]) -> BytesIO:
    """A container that asks for another file is not a clip.

    Raises:
        VideoFormatError: always.
    """
    del url, flags, options
    raise VideoFormatError
