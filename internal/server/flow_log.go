package server

import (
	"log/slog"
	"os"
	"slices"
	"sync"
)

// flowLog is the file of the flow log. It is made with the first line.
type flowLog struct {
	name string
	log  *slog.Logger

	mu   sync.Mutex
	file *os.File
}

// write adds a line. What cannot be written is lost, and said in the log.
func (f *flowLog) write(line []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		file, err := os.OpenFile(f.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			f.log.Error("the flow log cannot be opened", "file", f.name, "error", err)
			return
		}
		f.file = file
	}
	if _, err := f.file.Write(append(slices.Clip(line), '\n')); err != nil {
		f.log.Error("the flow log cannot be written", "file", f.name, "error", err)
	}
}

func (f *flowLog) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
