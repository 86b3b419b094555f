"""Random lives in two regions: the registers on one side, a plain model on the other (``tests/registry/test_lives.py``).

* ``shapes``, ``model``, ``world``: the model. What people, units, levies and letters are; what may be done to them.
* ``drawn``: where it happens, and from what the acts are drawn. ``machine``: how an act is done on both sides.
* ``people``, ``enrolled``, ``payers``, ``entitled``, ``moves``: the acts, one class on top of the other.
* ``checks``: what holds after every act.
"""
