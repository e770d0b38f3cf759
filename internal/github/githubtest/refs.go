package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// reference is a branch or tag.
type reference struct {
	name string // without "refs/"
	id   string // of a commit or of a tag's object
}

// Branch lets a branch of a repository lead to a commit. The first branch of a
// repository is its default one, HEAD.
func (s *Server) Branch(repository, name, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refer(repository, "heads/"+name, commit)
}

// Tag lets a tag of a repository lead to a commit, through an object of its own
// where it is annotated. A tag that is there is moved.
func (s *Server) Tag(repository, name, commit string, annotated bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := commit
	if annotated {
		text := fmt.Sprintf("object %s\ntype commit\ntag %s\ntagger A <a@example.invalid> 0 +0000\n\n%s\n", commit, name, name)
		id = s.put("tag", []byte(text), object{parents: []string{commit}})
	}
	s.refer(repository, "tags/"+name, id)
}

func (s *Server) refer(repository, name, id string) {
	all := s.refs[repository]
	if i := slices.IndexFunc(all, func(r reference) bool { return r.name == name }); i >= 0 {
		all[i].id = id
		return
	}
	s.refs[repository] = append(all, reference{name, id})
}

// Rename gives a repository another name. Requests for the old one are
// redirected to an address with the repository's number, as GitHub does.
func (s *Server) Rename(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renamed[from] = to
	s.refs[to] = s.refs[from]
	for key := range s.visible {
		if name, commit, _ := strings.Cut(key, " "); name == from {
			s.visible[to+" "+commit] = true
		}
	}
}

// moved returns where a request for a renamed repository is redirected to, ""
// where it is not.
func (s *Server) moved(r *http.Request) string {
	name, address := s.repository(r)
	if s.renamed[name] == "" {
		return ""
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), strings.TrimPrefix(address, s.origin))
	target := fmt.Sprintf("%s/repositories/%s%s", s.URL, strings.ReplaceAll(name, "/", "-"), path)
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	return target
}

// numbered turns an address with a repository's number into the one with its
// name.
func (s *Server) numbered(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from, to := range s.renamed {
		if strings.ReplaceAll(from, "/", "-") == r.PathValue("id") {
			r.URL.Path = strings.TrimPrefix(s.URL, s.origin) + "/repos/" + to + "/" + r.PathValue("rest")
			r.URL.RawPath = ""
		}
	}
}

// exists reports whether there is a repository.
func (s *Server) exists(repository string) bool {
	for key := range s.visible {
		if strings.HasPrefix(key, repository+" ") {
			return true
		}
	}
	return false
}

// resolve returns the commit that a branch, a tag, HEAD or a commit's id stands
// for.
func (s *Server) resolve(repository, name string) (string, bool) {
	id := name
	for i, r := range s.refs[repository] {
		if r.name == name || strings.TrimPrefix(r.name, "tags/") == name || strings.TrimPrefix(r.name, "heads/") == name || i == 0 && name == "HEAD" {
			id = r.id
			break
		}
	}
	if o := s.objects[id]; o.kind == "tag" {
		id = o.parents[0]
	}
	_, ok := s.commit(repository, id)
	return id, ok
}

// getCommit answers with the id alone, the one form that is asked for.
func (s *Server) getCommit(r *http.Request) answer {
	repository, _ := s.repository(r)
	if !s.exists(repository) {
		return notFound
	}
	if !strings.HasSuffix(r.Header.Get("Accept"), "sha") {
		s.t.Errorf("%s: a commit that is not asked for by its id is sent with its files", r.URL)
	}
	id, ok := s.resolve(repository, r.PathValue("ref"))
	if !ok {
		return problem(http.StatusUnprocessableEntity, "No commit found for SHA: "+r.PathValue("ref"))
	}
	return answer{status: http.StatusOK, kind: "application/vnd.github.sha; charset=utf-8", body: []byte(id)}
}

// matchingRefs lists references by the begin of their names.
func (s *Server) matchingRefs(r *http.Request) answer {
	repository, address := s.repository(r)
	if !s.exists(repository) {
		return notFound
	}
	list := []any{}
	for _, ref := range s.refs[repository] {
		if !strings.HasPrefix(ref.name, r.PathValue("ref")) {
			continue
		}
		kind := s.objects[ref.id].kind
		list = append(list, map[string]any{
			"ref": "refs/" + ref.name, "node_id": "R_" + ref.id[:8], "url": address + "/git/refs/" + ref.name,
			"object": map[string]any{"type": kind, "sha": ref.id, "url": address + "/git/" + kind + "s/" + ref.id},
		})
	}
	return answer{status: http.StatusOK, body: list}
}
