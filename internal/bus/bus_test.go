package bus_test

import (
	"testing"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/bus/bustest"
)

func TestLocal(t *testing.T) {
	bustest.Run(t, func(*testing.T) bus.Bus { return new(bus.Local) })
}
