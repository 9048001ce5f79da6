// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
	"github.com/adze-ci/adze/e2e/forge/graphql"
)

type args = map[string]any

func text(a args, name string) string {
	s, _ := a[name].(string)
	return s
}

func whole(a args, name string) int64 {
	f, _ := a[name].(float64)
	return int64(f)
}

func (c *call) queryRoot() graphql.Object {
	return graphql.Object{Type: "Query", Fields: args{
		"viewer":     c.viewerNode(),
		"repository": graphql.Resolver(c.queryRepository),
		"node":       graphql.Resolver(c.queryNode),
		"rateLimit": graphql.Object{Type: "RateLimit", Fields: args{
			"limit": defaultLimit, "remaining": defaultLimit - 1, "used": 1, "cost": 1, "nodeCount": 0, "resetAt": stamp(c.rateReset())}},
	}}
}

func (c *call) userNode(a *account) *graphql.Object {
	if a == nil {
		return nil
	}
	out := &graphql.Object{Type: a.Kind, Implements: []string{"Actor", "Node"}, Fields: args{
		"id": nodeID("U", a.ID), "databaseId": a.ID, "login": a.Login, "url": c.links.site("/%s", a.Login)}}
	if a.Kind != "Bot" {
		out.Implements = append(out.Implements, "RepositoryOwner")
		out.Fields["name"], out.Fields["email"] = a.Name, a.Email
	}
	return out
}

// viewerNode is who asks; GitHub calls an App's bot a User here.
func (c *call) viewerNode() graphql.Object {
	out := *c.userNode(c.actor)
	out.Type, out.Fields["name"], out.Fields["email"] = "User", c.actor.Name, c.actor.Email
	return out
}

// queryRepository resolves under the repository's lock: every field that touches
// git is a list or an object made here, or a Resolver that takes the lock again.
func (c *call) queryRepository(a args) (any, error) {
	name := text(a, "owner") + "/" + text(a, "name")
	inside, err := c.enter(c.findRepo(text(a, "owner"), text(a, "name")), "metadata", "read",
		fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", name))
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	return inside.repoNode(), nil
}

// locked makes a Resolver that holds the repository's lock.
func (c *call) locked(resolve func(args) (any, error)) graphql.Resolver {
	return func(a args) (any, error) {
		c.repo.mu.Lock()
		defer c.repo.mu.Unlock()
		return resolve(a)
	}
}

func (c *call) repoNode() graphql.Object {
	r := c.repo
	return graphql.Object{Type: "Repository", Implements: []string{"Node"}, Fields: args{
		"id": nodeID("R", r.id), "databaseId": r.id, "name": r.name, "nameWithOwner": r.fullName(), "owner": c.userNode(r.owner),
		"url": c.links.site("/%s", r.fullName()), "isPrivate": r.private, "autoMergeAllowed": r.autoMerge, "deleteBranchOnMerge": r.deleteBranchOnMerge,
		"defaultBranchRef": c.locked(func(args) (any, error) { return c.refNode("refs/heads/" + c.repo.defaultBranch) }),
		"ref": c.locked(func(a args) (any, error) {
			name := text(a, "qualifiedName")
			if !strings.HasPrefix(name, "refs/") {
				name = headsPrefix + name
			}
			return c.refNode(name)
		}),
		"object": c.locked(c.objectNode),
		"pullRequest": c.locked(func(a args) (any, error) {
			i := c.repo.issues[whole(a, "number")]
			if i == nil {
				return nil, &graphql.Error{Type: "NOT_FOUND", Message: fmt.Sprintf("Could not resolve to a PullRequest with the number of %d.", whole(a, "number"))}
			}
			return c.pullNode(i), nil
		}),
		"pullRequests": c.locked(c.pullConnection),
		"mergeQueue":   c.locked(c.queueNode),
	}}
}

func (c *call) refNode(name string) (any, error) {
	ref, err := c.repo.git.Ref(c.ctx(), name)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // a ref that does not exist is null
	}
	short := strings.TrimPrefix(strings.TrimPrefix(name, headsPrefix), tagsPrefix)
	prefix := strings.TrimSuffix(name, short)
	return graphql.Object{Type: "Ref", Implements: []string{"Node"}, Fields: args{
		"id": gitNodeID("REF", c.repo.id, name), "name": short, "prefix": prefix, "target": c.gitNode(ref.SHA, ref.Kind)}}, nil
}

func (c *call) gitNode(sha, kind string) graphql.Object {
	typeName := map[string]string{"commit": "Commit", "tree": "Tree", "blob": "Blob", "tag": "Tag"}[kind]
	fields := args{"id": gitNodeID("C", c.repo.id, sha), "oid": sha, "url": c.commitPage(sha)}
	if kind == "blob" {
		fields["text"] = c.locked(func(args) (any, error) {
			o, err := c.repo.git.Read(c.ctx(), sha)
			return string(o.Data), err
		})
	}
	if g, err := c.repo.git.ReadCommit(c.ctx(), sha); kind == "commit" && err == nil {
		headline, _, _ := strings.Cut(g.Message, "\n")
		fields["message"], fields["messageHeadline"], fields["committedDate"] = g.Message, headline, stamp(g.Committer.When)
		fields["parents"] = c.parentNodes(g)
		fields["tree"] = graphql.Object{Type: "Tree", Implements: []string{"GitObject", "Node"}, Fields: args{"oid": g.Tree}}
		fields["signature"] = nil
		if _, ok := c.repo.signed[sha]; ok {
			fields["signature"] = graphql.Object{Type: "GpgSignature", Implements: []string{"GitSignature"}, Fields: args{
				"isValid": true, "state": "VALID", "wasSignedByGitHub": true}}
		}
	}
	return graphql.Object{Type: typeName, Implements: []string{"GitObject", "Node"}, Fields: fields}
}

func (c *call) parentNodes(g bare.Commit) graphql.Object {
	var nodes []graphql.Object
	for _, p := range g.Parents {
		nodes = append(nodes, graphql.Object{Type: "Commit", Implements: []string{"GitObject", "Node"}, Fields: args{"oid": p, "url": c.commitPage(p)}})
	}
	return graphql.Object{Type: "CommitConnection", Fields: args{"nodes": nodes, "totalCount": len(nodes)}}
}

// objectNode resolves object(oid:) and object(expression: "REV:PATH").
func (c *call) objectNode(a args) (any, error) {
	rev, path, inTree := strings.Cut(pick(text(a, "oid"), text(a, "expression")), ":")
	sha, err := c.repo.git.Commit(c.ctx(), rev)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // what does not exist is null
	}
	if !inTree {
		return c.gitNode(sha, "commit"), nil
	}
	e, err := c.repo.git.Entry(c.ctx(), sha, path)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // what does not exist is null
	}
	return c.gitNode(e.SHA, e.Kind), nil
}

func (c *call) pullNode(i *issue) graphql.Object {
	p := i.pull
	state := strings.ToUpper(i.state)
	if p.merged {
		state = "MERGED"
	}
	var auto any
	if p.auto != nil {
		auto = graphql.Object{Type: "AutoMergeRequest", Fields: args{"mergeMethod": strings.ToUpper(p.auto.method),
			"commitHeadline": p.auto.title, "commitBody": p.auto.message, "enabledBy": c.userNode(p.auto.by)}}
	}
	fields := args{
		"id": nodeID("PR", i.id), "databaseId": i.id, "fullDatabaseId": itoa(i.id), "number": i.number, "title": i.title, "body": i.body,
		"state": state, "url": c.pullPage(i.number), "isDraft": p.draft, "merged": p.merged, "closed": i.state == "closed",
		"headRefName": p.head, "headRefOid": p.headSHA, "baseRefName": p.base, "baseRefOid": p.baseSHA,
		"author": c.userNode(i.user), "autoMergeRequest": auto, "createdAt": stamp(i.created), "updatedAt": stamp(i.updated),
	}
	c.addQueueFields(i, fields)
	return graphql.Object{Type: "PullRequest", Implements: []string{"Node"}, Fields: fields}
}

func (c *call) pullConnection(a args) (any, error) {
	states, _ := a["states"].([]any)
	if one, ok := a["states"].(string); ok {
		states = []any{one}
	}
	var nodes []graphql.Object
	for _, i := range c.repo.pulls() {
		node := c.pullNode(i)
		if len(states) > 0 && !slices.Contains(states, node.Fields["state"]) {
			continue
		}
		if head := text(a, "headRefName"); head != "" && head != i.pull.head {
			continue
		}
		if base := text(a, "baseRefName"); base != "" && base != i.pull.base {
			continue
		}
		nodes = append(nodes, node)
	}
	total := len(nodes)
	if first := int(whole(a, "first")); first > 0 && first < total {
		nodes = nodes[:first]
	}
	return graphql.Object{Type: "PullRequestConnection", Fields: args{"nodes": nodes, "totalCount": total}}, nil
}

func (c *call) queryNode(a args) (any, error) {
	id := text(a, "id")
	unknown := fmt.Sprintf("Could not resolve to a node with the global id of '%s'", id)
	if repo := c.repoByNode(id); repo != nil {
		inside, err := c.enter(repo, "metadata", "read", unknown)
		if err != nil {
			return nil, err
		}
		defer inside.repo.mu.Unlock()
		return inside.repoNode(), nil
	}
	repo, number := c.pullByNode(id)
	inside, err := c.enter(repo, "pull_requests", "read", unknown)
	if err != nil {
		return nil, err
	}
	defer inside.repo.mu.Unlock()
	return inside.pullNode(inside.repo.issues[number]), nil
}
