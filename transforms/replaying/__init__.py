"""What happens to a quarantined row afterwards: judged anew from its sealed original, or from a return sheet (退回单).

May import what `transforms` may. Who gets a return sheet is for `serving/returning.py`; the first judgement of a row is
in `transforms/prepare.py`.
"""
