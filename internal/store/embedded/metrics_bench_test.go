package embedded

import (
	"fmt"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
)

// The contacts of one day of ten, each of a hundred thousand.
func BenchmarkLegsOfADay(b *testing.B) {
	s := openIn(b, Options{Path: b.TempDir(), Sync: Normal})
	const days, each = 10, 100_000
	begin := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	every := 24 * time.Hour / each
	for day := range days {
		if err := s.write(b.Context(), func(w *writer) error {
			for i := day * each; i < (day+1)*each; i++ {
				at := begin.Add(time.Duration(i) * every).UnixMilli()
				if err := exec(w.conn, putLegStatement, i, 0, "in", "API", at, fmt.Sprint("b3110000-0000-4000-8000-00000000a00", i%10),
					at+100, at+9000, fmt.Sprint("b3110000-0000-4000-8000-0000000e0", i%250), at+9000, at+309000, at+339000, at+309000,
					"CUSTOMER_DISCONNECT", "", fmt.Sprintf("b3110000-0000-4000-8000-%012d", i)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for _, day := range []int{0, days - 1} {
		b.Run(fmt.Sprint("day ", day), func(b *testing.B) {
			from := begin.AddDate(0, 0, day)
			for b.Loop() {
				n := 0
				if err := s.Legs(b.Context(), "in", from, from.AddDate(0, 0, 1), func(*contact.Leg) { n++ }); err != nil {
					b.Fatal(err)
				}
				if n < each {
					b.Fatalf("%d contacts", n)
				}
			}
		})
	}
}
