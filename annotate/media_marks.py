"""What a media file says of itself, in its container's metadata: written by the server, read by the model."""

#: The key under which the mark stands, in MP4 and in Matroska alike (PyAV: `container.metadata["comment"]`).
MARK_KEY = "comment"
#: A face video whose pictures are faces that were cut out and aligned before they came here. They are only resized:
#: a detector that looks for a face within a face finds another cut, or none.
ALIGNED_FACES = "duchenne:aligned-faces"
