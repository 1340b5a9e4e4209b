"""What each department tells of the district: one function a feed, from the world to a version frame.

Columns are named as in the feed's contract; headers, formats, encodings and file names are taken from the contract.
Imports synth's world and writing; nobody but `synth.make` imports this.
"""
