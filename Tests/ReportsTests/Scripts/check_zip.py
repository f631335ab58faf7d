"""Reads an archive with Python's zipfile. Arguments: the archive, and a folder with the files it must hold under numbers, by `names.json`."""
import json
import sys
import zipfile

archive, folder = sys.argv[1:]
names = json.load(open(folder + "/names.json"))
with zipfile.ZipFile(archive) as opened:
    assert opened.testzip() is None
    assert opened.namelist() == names, (opened.namelist(), names)
    for index, name in enumerate(names):
        entry = opened.getinfo(name)
        assert entry.date_time == (1980, 1, 1, 0, 0, 0) and entry.external_attr >> 16 == 0o100644 and not entry.extra, entry
        assert entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), entry
        assert opened.read(name) == open(f"{folder}/{index}", "rb").read(), name
