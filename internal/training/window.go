package training

import (
	"fmt"
	"slices"
	"time"
)

// WindowOptions say which days are replayed.
type WindowOptions struct {
	// From is the first day that is predicted, To the day after the last; both
	// are days in UTC.
	From, To time.Time
	// LearnAll takes all rows of a day into the corpus of the next; otherwise
	// only those that were flagged, as nobody looks at the others.
	LearnAll bool
	// Train is how each day's model is trained. Its Until must be zero.
	Train Options
}

// Window is what days of training and predicting in turn gave.
type Window struct {
	// Days are those with rows, in their order.
	Days []Day
	// Total is of all days together.
	Total *Evaluation
	// Undated is the number of rows without a time, which take no part.
	Undated int
}

// Day is one of them.
type Day struct {
	Date time.Time
	// Benign and Malicious are the rows that the day's model was trained on.
	Benign, Malicious int
	Evaluation        *Evaluation
}

// Slide replays how the detector would have been used (the paper's experiment
// 1): it trains on what was published before the first day, predicts what was
// published on it, adds what triage says of what was flagged, trains again for
// the next day, and so on. Errors are those of Train and name the day.
func Slide(rows []Row, o WindowOptions) (*Window, error) {
	if !o.Train.Until.IsZero() {
		return nil, fmt.Errorf("until %v, while each day has an end of its own", o.Train.Until)
	}
	sorted, err := canonical(rows)
	if err != nil {
		return nil, err
	}
	from, to := midnight(o.From), midnight(o.To)
	w := new(Window)
	var known []*Row
	days := make(map[time.Time][]*Row)
	var dates []time.Time
	for _, r := range sorted {
		switch date := midnight(r.Published); {
		case r.Published.IsZero():
			w.Undated++
		case date.Before(from):
			known = append(known, r)
		case date.Before(to):
			if days[date] == nil {
				dates = append(dates, date)
			}
			days[date] = append(days[date], r)
		}
	}
	if len(dates) == 0 {
		return nil, fmt.Errorf("%w: none was published from %s to before %s", ErrTooFew, from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	slices.SortFunc(dates, time.Time.Compare)
	var total tally
	for _, date := range dates {
		benign, malicious := split(known)
		m, err := train(known, o.Train, date, undigested)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", date.Format(time.DateOnly), err)
		}
		var today tally
		for _, r := range days[date] {
			flagged, err := today.predict(m, r)
			if err != nil {
				return nil, err
			}
			if flagged || o.LearnAll {
				known = append(known, r)
			}
		}
		slices.SortFunc(known, compareRows)
		evaluation, err := today.evaluation()
		if err != nil {
			return nil, err
		}
		w.Days = append(w.Days, Day{date, len(benign), len(malicious), evaluation})
		total.rows, total.scores, total.alarms = append(total.rows, today.rows...), append(total.scores, today.scores...), append(total.alarms, today.alarms...)
	}
	w.Total, err = total.evaluation()
	return w, err
}

// midnight is the beginning of the day in UTC.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
