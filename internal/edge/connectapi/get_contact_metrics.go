package connectapi

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/wire/connect"
)

// GetContactMetrics answers POST /metrics/contact. An estimate that nobody can
// make is left out.
func (a *API) GetContactMetrics(ctx context.Context, in *connect.GetContactMetricsRequest) (*connect.GetContactMetricsResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	id := contactID(in.ContactId)
	w, err := a.centre.Wait(ctx, dir, id)
	if err != nil {
		return nil, err
	}
	out := &connect.GetContactMetricsResponse{Id: string(id), Arn: dir.Instance.ARN("contact", string(id)), MetricResults: []connect.ContactMetricResult{}}
	for _, m := range in.Metrics {
		v := float64(w.Position)
		if m.Name == estimatedWait {
			if !w.Estimated {
				continue
			}
			v = float64(w.Estimate.Round(time.Second) / time.Second)
		}
		out.MetricResults = append(out.MetricResults, connect.ContactMetricResult{Name: m.Name, Value: &connect.ContactMetricValue{Number: &v}})
	}
	return out, nil
}
