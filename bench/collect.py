#!/usr/bin/env python3
"""Collects, checks and sums up a store the way it is usually done: json.loads a line, dictionaries, json.dump. The yardstick of bench/Benchmarks/AnalysisSpeed.cs, not a part of Tandem.

usage: collect.py EXPERIMENT_FOLDER OUTPUT
"""
import collections
import glob
import json
import os
import sys

FIELDS = """repo task_id features setting seed run_name model started_at duration_seconds total_cost total_steps agent_status infra_error both_passed
feature1_passed feature2_passed merge_outcome merge_status merge_strategy eval_error messages messages_count difficulty bucket""".split()

folder, output = sys.argv[1:]
with open(os.path.join(folder, "experiment.json")) as file:
    planned = json.load(file)["cases"]

faults = []
by_case = collections.defaultdict(list)
for path in sorted(glob.glob(os.path.join(folder, "runs", "*.jsonl"))):
    with open(path) as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                faults.append(f"{path}({number}): {error}")
                continue
            missing = [name for name in FIELDS if name not in record]
            if missing:
                faults.append(f"{path}({number}): no {', '.join(missing)}")
                continue
            by_case[record["case_id"]].append(record)

# The record that counts: the first attempt that is no missing data, unless a later one was asked for.
chosen = []
for case_id in planned:
    records = sorted(by_case[case_id], key=lambda r: (r["attempt"], r["revision"]))
    if not records:
        faults.append(f"{case_id}: no record")
        continue
    good = [r for r in records if not r["infra_error"] and not r["interrupted"]]
    asked = [r for r in good if r["attempt_reason"] != "due"]
    first = [r for r in good if r["attempt"] == good[0]["attempt"]]
    chosen.append((asked or first or records)[-1])
    if [r["attempt"] for r in records] != list(range(1, len(records) + 1)):
        faults.append(f"{case_id}: attempts are not numbered 1, 2, ...")

solo = collections.defaultdict(list)
for record in chosen:
    if record["infra_error"] or record["interrupted"]:
        continue
    if record["agent_status"] == "LimitsExceeded":
        record["both_passed"] = False
    if record["setting"] == "solo":
        solo[record["repo"], record["task_id"], tuple(record["features"])].append(record["both_passed"])

groups = collections.defaultdict(collections.Counter)
buckets = collections.Counter()
for record in chosen:
    verdicts = solo.get((record["repo"], record["task_id"], tuple(record["features"])))
    if verdicts:
        difficulty = 1 - sum(verdicts) / len(verdicts)
        record["difficulty"], record["bucket"] = round(difficulty, 4), min(int(10 * difficulty), 9)
        buckets[record["bucket"]] += 1
    else:
        faults.append(f"{record['case_id']}: no difficulty")
    group = groups[record["setting"]]
    group["records"] += 1
    group["infra"] += record["infra_error"]
    group["judged"] += record["both_passed"] is not None
    group["passed"] += record["both_passed"] is True
    group["with messages"] += record["messages_count"] > 0
    if record["messages_count"] != len(record["messages"]) or (record["messages"] and record["setting"] != "coop-comm"):
        faults.append(f"{record['case_id']}: messages")
    if record["infra_error"] and record["both_passed"] is not None:
        faults.append(f"{record['case_id']}: a verdict without an evaluation")
    if record["setting"] == "solo" and record["merge_outcome"] not in ("merge_clean", None):
        faults.append(f"{record['case_id']}: merge_outcome")
    for message in record["messages"]:
        if message["delivered_at"] is not None and message["delivered_at"] < message["sent_at"]:
            faults.append(f"{record['case_id']}: delivered before it was sent")
    attempt = os.path.join(folder, "artifacts", record["case_id"], f"attempt{record['attempt']}")
    for artifact in record["artifacts"]:
        try:
            if os.stat(os.path.join(attempt, artifact["path"])).st_size != artifact["bytes"]:
                faults.append(f"{record['case_id']}: {artifact['path']} has another size")
        except FileNotFoundError:
            faults.append(f"{record['case_id']}: {artifact['path']} is missing")

with open(output, "w") as file:
    json.dump(chosen, file)

for setting, group in sorted(groups.items()):
    print(setting, dict(group), f"{100 * group['passed'] / max(group['judged'], 1):.1f} %")
print("buckets", dict(sorted(buckets.items())))
print(len(chosen), "records,", len(faults), "faults", faults[:10])
sys.exit(1 if faults else 0)
