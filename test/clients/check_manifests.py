"""Prints the errors of the manifests in argv[2:], by the schemas of External Secrets Operator in argv[1]."""

import json
import pathlib
import sys

import jsonschema
import yaml

SCHEMAS = {"ExternalSecret": "external-secret.json", "SecretStore": "secret-store.json"}


def strict(schema: dict) -> dict:
    """Kubernetes drops unknown fields silently; here they are errors."""
    items = [schema["items"]] if "items" in schema else []
    for child in [*schema.get("properties", {}).values(), *items]:
        strict(child)
    if "properties" in schema:
        schema["additionalProperties"] = False
    return schema


for path in sys.argv[2:]:
    for manifest in yaml.safe_load_all(pathlib.Path(path).read_text()):
        file = SCHEMAS.get(manifest["kind"])
        if file is None:
            continue
        schema = strict(json.loads(pathlib.Path(sys.argv[1], file).read_text()))
        found = jsonschema.Draft7Validator(schema).iter_errors(manifest["spec"])
        errors = [f"{'.'.join(map(str, error.path))}: {error.message}" for error in found]
        if manifest["apiVersion"] != "external-secrets.io/v1":
            errors.append(f"apiVersion: {manifest['apiVersion']}")
        print(json.dumps({"kind": manifest["kind"], "errors": errors, "spec": manifest["spec"]}))
