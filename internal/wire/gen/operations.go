package main

import "strings"

// writeOperations writes the table of operations as data that needs no
// initialisation at run time.
func writeOperations(p *printer, m *description) error {
	p.f("// Operations has every operation of the service, by name.\n")
	p.f("var Operations = []*wire.Operation{\n")
	for _, op := range m.ops() {
		p.f("&%s,\n", op.Name)
	}
	p.f("}\n\n")
	for _, op := range m.ops() {
		status := op.HTTP.ResponseCode
		if status == 0 {
			status = 200
		}
		auth := "SigV4"
		for _, r := range m.Shapes[op.Input.Shape].Members {
			if r.bearer() {
				auth = "Bearer"
			}
		}
		path, _, _ := strings.Cut(op.HTTP.RequestURI, "?")
		p.f("// %s is %s %s.\n", op.Name, op.HTTP.Method, path)
		p.f("var %s = wire.Operation{\n", op.Name)
		p.f("Service: %q,\nName: %q,\nMethod: %q,\nPath: %q,\nAuth: wire.%s,\nStatus: %d,\n",
			m.service, op.Name, op.HTTP.Method, path, auth, status)
		p.f("Errors: []wire.ErrorShape{\n")
		for _, e := range op.Errors {
			p.f("{Name: %q, Status: %d},\n", e.Shape, m.Shapes[e.Shape].Error.HTTPStatusCode)
		}
		p.f("},\n}\n\n")
	}
	return nil
}
