"""Reads a PROV-JSON document with the `prov` package (of the University of Southampton) and writes it as PROV-N."""
import sys

from prov.model import ProvDocument

document = ProvDocument.deserialize(sys.argv[1], format="json")
again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
assert document == again
print(document.get_provn())
