#!/usr/bin/env python3
# ruff: noqa
# fmt: off
"""Run an SMPP implementation through the vectors in this folder. Plain Python, no packages.

  check_vectors.py --self                         table-driven reference decoder (reads fields.csv) against vectors.jsonl
  check_vectors.py --decode   module:function     function(bytes) -> dict (see below)
  check_vectors.py --encode   module:function     function(pdu_dict) -> bytes, pdu_dict as in vectors.jsonl "pdu"
  check_vectors.py --malformed module:function    decode function again; must raise, or return, but never hang or die
  check_vectors.py --receipts module:function     function(text, esm_class, tlvs) -> dict with the keys of "expect", or None
  check_vectors.py --gsm-pack module:function     function(septets: bytes, fill_bits: int) -> packed bytes
  check_vectors.py --gsm-encode module:function   function(text, locking, single) -> septets as bytes
  check_vectors.py --split    module:function     function(text, reference_bits) -> (encoding, [units per part])
Several options may be given at once. Exit status 0 when all pass, 1 otherwise, 2 for a usage error.

Decode adapter result (extra keys are ignored):
  command_id int, command_status int, sequence_number int,
  fields  dict field name -> int | str | bytes | list of dicts (address lists). Octet strings as bytes (or hex text).
  tlvs    list of (tag int, value bytes), in wire order.
"""
import argparse, csv, importlib, json, os, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT_FIELDS = {"sm_length", "number_of_dests", "no_unsuccess"}   # adapters may leave these out


def load(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def resolve(spec):
    mod, _, fn = spec.partition(":")
    if not fn:
        sys.exit("adapter must be module:function")
    sys.path.insert(0, os.getcwd())
    obj = importlib.import_module(mod)
    for part in fn.split("."):
        obj = getattr(obj, part)
    return obj


class Bad(Exception):
    pass


def spec_tables():
    spec, ids = {}, {}
    with open(os.path.join(HERE, "fields.csv"), encoding="utf-8") as f:
        for r in csv.DictReader(f):
            if not r["command"].startswith("("):
                spec.setdefault(r["command"], []).append((r["field"], r["type"]))
    with open(os.path.join(HERE, "commands.csv"), encoding="utf-8") as f:
        for r in csv.DictReader(f):
            if r["kind"] in ("request", "response", "one-way"):
                ids[int(r["command_id"], 16)] = r["name"]
    return spec, ids


def reference_decoder():
    spec, ids = spec_tables()

    def decode(b):
        if len(b) < 16:
            raise Bad("short header")
        u32 = lambda o: int.from_bytes(b[o:o + 4], "big")
        if u32(0) != len(b):
            raise Bad("command_length")
        name = ids.get(u32(4))
        if name is None:
            raise Bad("unknown command_id")
        pos = 16
        out = {"command": name, "command_id": u32(4), "command_status": u32(8), "sequence_number": u32(12),
               "fields": {}, "tlvs": []}

        def take(n):
            nonlocal pos
            if pos + n > len(b):
                raise Bad("truncated")
            pos += n
            return b[pos - n:pos]

        def cstr():
            nonlocal pos
            end = b.find(b"\0", pos)
            if end < 0:
                raise Bad("unterminated string")
            s = b[pos:end]
            pos = end + 1
            return s.decode("latin-1")

        f = out["fields"]
        if len(b) > 16:
            for field, typ in spec[name]:
                if typ == "none":
                    continue
                if typ == "int1":
                    f[field] = take(1)[0]
                elif typ == "cstring":
                    f[field] = cstr()
                elif typ == "octet_string":
                    f[field] = take(f["sm_length"])
                elif typ == "dest_list":
                    items = []
                    for _ in range(f["number_of_dests"]):
                        flag = take(1)[0]
                        if flag == 1:
                            items.append({"dest_flag": 1, "dest_addr_ton": take(1)[0], "dest_addr_npi": take(1)[0],
                                          "destination_addr": cstr()})
                        elif flag == 2:
                            items.append({"dest_flag": 2, "dl_name": cstr()})
                        else:
                            raise Bad("dest_flag")
                    f[field] = items
                elif typ == "unsuccess_list":
                    f[field] = [{"dest_addr_ton": take(1)[0], "dest_addr_npi": take(1)[0], "destination_addr": cstr(),
                                 "error_status_code": int.from_bytes(take(4), "big")}
                                for _ in range(f["no_unsuccess"])]
        while pos < len(b):
            head = take(4)
            out["tlvs"].append((int.from_bytes(head[:2], "big"), take(int.from_bytes(head[2:], "big"))))
        return out
    return decode


def same(expected, got):
    if isinstance(expected, list):
        if not isinstance(got, (list, tuple)) or len(got) != len(expected):
            return False
        for e, g in zip(expected, got):
            g = g if isinstance(g, dict) else vars(g)
            if any(not same(v, g.get(k)) for k, v in e.items() if k != "dest_flag"):
                return False
        return True
    if isinstance(expected, int):
        try:
            return int(got) == expected
        except (TypeError, ValueError):
            return False
    if got is None:
        return expected == ""
    if isinstance(got, (bytes, bytearray, memoryview)):
        got = bytes(got)
        return got.hex() == expected or got.rstrip(b"\0").decode("latin-1") == expected
    return str(got) == expected


class Tally:
    def __init__(self, name):
        self.name, self.ok, self.bad = name, 0, []

    def check(self, cond, ident, what):
        if cond:
            self.ok += 1
        else:
            self.bad.append((ident, what))

    def report(self, verbose):
        print("%-12s passed %d  failed %d" % (self.name, self.ok, len(self.bad)))
        for ident, what in self.bad if verbose else self.bad[:25]:
            print("   ", ident, what)
        if not verbose and len(self.bad) > 25:
            print("    ... %d more (use -v)" % (len(self.bad) - 25))
        return not self.bad


def run_decode(fn, name):
    t = Tally(name)
    for v in load("vectors.jsonl"):
        raw, p, ident = bytes.fromhex(v["hex"]), v["pdu"], v["id"] + " " + v["group"]
        try:
            r = fn(raw)
        except Exception as e:                                  # any failure is a finding here
            t.check(False, ident, "raised %r (%s)" % (e, v["desc"]))
            continue
        wrong = []
        for k, want in (("command_id", int(p["command_id"], 16)), ("command_status", p["command_status"]),
                        ("sequence_number", p["sequence_number"])):
            if r.get(k) is None or int(r[k]) != want:
                wrong.append("%s=%r want %r" % (k, r.get(k), want))
        fields = r.get("fields") or {}
        for k, want in p["fields"].items():
            if k in COUNT_FIELDS and k not in fields:
                continue
            if k not in fields or not same(want, fields[k]):
                wrong.append("%s=%r want %r" % (k, fields.get(k), want))
        want = [(int(x["tag"], 16), x["value_hex"]) for x in p["tlvs"]]
        got = [(int(a), bytes(b).hex()) for a, b in (r.get("tlvs") or [])]
        if got != want:
            wrong.append("tlvs=%r want %r" % (got, want))
        t.check(not wrong, ident, "; ".join(wrong)[:400])
    return t


def run_encode(fn):
    t = Tally("encode")
    for v in load("vectors.jsonl"):
        try:
            got = bytes(fn(v["pdu"])).hex()
        except Exception as e:
            t.check(False, v["id"], "raised %r (%s)" % (e, v["desc"]))
            continue
        t.check(got == v["hex"], v["id"], "got %s want %s" % (got[:160], v["hex"][:160]))
    return t


def run_malformed(fn):
    t = Tally("malformed")
    must_raise = {"framing", "truncated"}
    for m in load("malformed.jsonl"):
        start = time.monotonic()
        try:
            fn(bytes.fromhex(m["hex"]))
            raised = None
        except (MemoryError, RecursionError, SystemExit) as e:
            t.check(False, m["id"], "died with %r" % e)
            continue
        except Exception as e:
            raised = e
        if time.monotonic() - start > 1:
            t.check(False, m["id"], "took more than one second")
        elif m["error"] in must_raise and raised is None:
            t.check(False, m["id"], "accepted: " + m["desc"])
        elif m["error"] == "semantic" and raised is not None:
            t.check(False, m["id"], "refused a decodable PDU: %r" % raised)
        else:
            t.check(True, m["id"], "")
    return t


def run_receipts(fn):
    t = Tally("receipts")
    for s in load("receipts_samples.jsonl"):
        want = s["expect"]
        try:
            got = fn(s["text"], s["esm_class"], s.get("tlvs", {}))
        except Exception as e:
            t.check(False, s["id"], "raised %r (%s)" % (e, s["style"]))
            continue
        if got is None:
            got = {"recognised": False}
        if not want["recognised"]:
            t.check(not got.get("recognised", True), s["id"], "should not be recognised: " + s["style"])
            continue
        wrong = ["%s=%r want %r" % (k, got.get(k), v) for k, v in want.items()
                 if k != "recognised" and (got.get(k) or ({} if k == "extra" else got.get(k))) != v]
        t.check(not wrong, s["id"], s["style"] + ": " + "; ".join(wrong))
    return t


def run_rows(name, file, fn, call, want):
    t = Tally(name)
    for r in load(file):
        try:
            got = call(fn, r)
        except Exception as e:
            t.check(False, r["id"], "raised %r" % e)
            continue
        t.check(got == want(r), r["id"], "got %r want %r" % (got, want(r)))
    return t


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--self", action="store_true")
    for o in ("decode", "encode", "malformed", "receipts", "gsm-pack", "gsm-encode", "split"):
        ap.add_argument("--" + o)
    ap.add_argument("-v", "--verbose", action="store_true")
    a = ap.parse_args()
    runs = []
    if a.self:
        runs += [run_decode(reference_decoder(), "self"), run_malformed(reference_decoder())]
    if a.decode:
        runs.append(run_decode(resolve(a.decode), "decode"))
    if a.encode:
        runs.append(run_encode(resolve(a.encode)))
    if a.malformed:
        runs.append(run_malformed(resolve(a.malformed)))
    if a.receipts:
        runs.append(run_receipts(resolve(a.receipts)))
    if a.gsm_pack:
        runs.append(run_rows("gsm-pack", "gsm7_vectors.jsonl", resolve(a.gsm_pack),
                             lambda f, r: bytes(f(bytes.fromhex(r["septets"]), r["fill_bits"])).hex(),
                             lambda r: r["packed"]))
    if a.gsm_encode:
        runs.append(run_rows("gsm-encode", "gsm7_vectors.jsonl", resolve(a.gsm_encode),
                             lambda f, r: bytes(f(r["text"], r["locking"], r["single"])).hex(),
                             lambda r: r["septets"]))
    if a.split:
        runs.append(run_rows("split", "segmentation.jsonl", resolve(a.split),
                             lambda f, r: (lambda e, u: [e, list(u)])(*f(r["text"], r["reference_bits"])),
                             lambda r: [r["encoding"], r["units_per_part"]]))
    if not runs:
        ap.print_usage()
        return 2
    return 0 if all([t.report(a.verbose) for t in runs]) else 1


if __name__ == "__main__":
    sys.exit(main())
