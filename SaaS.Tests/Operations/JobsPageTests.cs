using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Jobs;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

/// <summary>Tests the jobs page as a browser requests it, on both hosts that serve it.</summary>
public sealed class JobsPageTests(SaaSApp app)
{
    private const string Job = "rotate-signing-key"; // once a month
    private const string Cookie = "saas_operator";

    [Theory]
    [InlineData("scheduler")]
    [InlineData("api")]
    public async Task Anonymous_visitors_see_only_the_sign_in_page(string host)
    {
        using var nobody = Browser(host);
        using var page = await nobody.GetAsync("/jobs");
        Assert.Equal((HttpStatusCode.Redirect, "/jobs/sign-in"), (page.StatusCode, page.Headers.Location?.OriginalString));
        using var form = await nobody.GetAsync("/jobs/sign-in");
        Assert.Equal(HttpStatusCode.OK, form.StatusCode);

        foreach (
            var path in new[]
            {
                $"/jobs/{Job}/run",
                $"/jobs/{Job}/pause",
                $"/jobs/{Job}/resume",
                $"/jobs/runs/{Guid.Empty}/cancel",
                "/jobs/sign-out",
                "/jobs/password",
            }
        )
        {
            using var refused = await nobody.PostAsync(path, content: null);
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, refused.StatusCode));
        }
    }

    [Theory]
    [InlineData("scheduler")]
    [InlineData("api")]
    public async Task An_operator_signs_in_and_sees_every_job(string host)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var browser = Browser(host);
        using var signedIn = await SignInAsync(browser, operator_.Email);
        Assert.Equal((HttpStatusCode.Redirect, "/jobs"), (signedIn.StatusCode, signedIn.Headers.Location?.OriginalString));
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("path=/jobs; samesite=strict; httponly", cookie, StringComparison.OrdinalIgnoreCase);

        using var page = await browser.GetAsync("/jobs");
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("default-src 'none'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        using var list = await operator_.Http.GetAsync("/api/admin/jobs");
        Assert.All(
            (await list.ReadDataAsync()).GetProperty("jobs").EnumerateArray(),
            job => Assert.Contains($"id=\"job-{job.GetProperty("name").GetString()}\"", html, StringComparison.Ordinal)
        );
        foreach (var shown in new[] { "/jobs", $"/jobs/{Job}", "/jobs/password" })
        {
            Assert.Contains("action=\"/jobs/sign-out\"", await browser.GetStringAsync(shown), StringComparison.Ordinal);
        }

        using var missing = await browser.GetAsync("/jobs/no-such-job");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Failures_and_failing_jobs_come_first()
    {
        const string Failing = "reverify-sso-domains"; // not the first by name
        var now = TimeProvider.System.GetUtcNow();
        var run = new JobRun
        {
            Id = Guid.CreateVersion7(now),
            Job = Failing,
            Host = "test",
            StartedAt = now,
            EndedAt = now.AddSeconds(1),
            Outcome = JobOutcome.Failed,
            Result = "It failed",
        };
        await app.InControlAsync(db =>
        {
            db.JobRuns.Add(run);
            return db.SaveChangesAsync();
        });
        using var browser = await SignedInAsync("api");
        var html = await browser.GetStringAsync("/jobs");

        string[] ids = ["failures", "running", "jobs"];
        int[] sections = [.. ids.Select(id => html.IndexOf($"id=\"{id}\"", StringComparison.Ordinal))];
        Assert.Equal(sections.Order(), sections);
        Assert.Contains($"id=\"failure-{run.Id}\"", html, StringComparison.Ordinal);
        Assert.InRange(
            html.IndexOf($"id=\"job-{Failing}\"", StringComparison.Ordinal),
            sections[2],
            html.IndexOf("data-state=\"waiting\"", StringComparison.Ordinal)
        );
        await app.InControlAsync(db => db.JobRuns.Where(stored => stored.Id == run.Id).ExecuteDeleteAsync());
    }

    [Fact]
    public async Task Ordinary_users_and_wrong_passwords_are_rejected()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var user = await TestUser.RegisterAsync(app);
        foreach (
            var (email, password, status) in new[]
            {
                (operator_.Email, "wrong-1843", HttpStatusCode.Unauthorized),
                (user.Email, TestUser.Password, HttpStatusCode.Unauthorized),
                ("nobody@example.com", TestUser.Password, HttpStatusCode.Unauthorized),
                ("no address", TestUser.Password, HttpStatusCode.Unauthorized),
                ("", "", HttpStatusCode.Unauthorized),
            }
        )
        {
            using var browser = Browser("scheduler");
            using var refused = await SignInAsync(browser, email, password);
            Assert.Equal((email, status), (email, refused.StatusCode));
            Assert.False(refused.Headers.Contains("Set-Cookie"));
            Assert.Contains("id=\"refusal\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cross_site_requests_are_rejected()
    {
        using var browser = await SignedInAsync("scheduler");
        foreach (
            var (header, value) in new[]
            {
                ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Site", "same-site"),
                ("Origin", "https://evil.example"),
                ("Origin", "null"),
                ("X-Nothing", "at all"),
            }
        )
        {
            browser.DefaultRequestHeaders.Remove("Sec-Fetch-Site");
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/jobs/{Job}/run") { Headers = { { header, value } } };
            using var refused = await browser.SendAsync(request);
            Assert.Equal((value, HttpStatusCode.Forbidden), (value, refused.StatusCode));
        }
    }

    [Fact]
    public async Task The_cookie_gives_no_API_access_and_a_token_no_page_access()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var browser = Browser("scheduler");
        using var signedIn = await SignInAsync(browser, operator_.Email);
        var token = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0].Split('=', 2)[1];

        using var api = app.NewClient(token);
        using var refused = await api.GetAsync("/api/users/me");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var other = Browser("scheduler");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/jobs")
        {
            Headers = { { "Cookie", $"{Cookie}={operator_.AccessToken}" } },
        };
        using var page = await other.SendAsync(request);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task The_page_ends_with_its_session()
    {
        using var browser = await SignedInAsync("scheduler");
        using var left = await browser.PostAsync("/jobs/sign-out", content: null);
        Assert.Equal("/jobs/sign-in", left.Headers.Location?.OriginalString);
        using var after = await browser.GetAsync("/jobs");
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);

        var operator_ = await TestUser.OperatorAsync(app);
        using var elsewhere = Browser("api");
        using (await SignInAsync(elsewhere, operator_.Email))
        {
            using var updates = await elsewhere.GetAsync("/jobs/updates", HttpCompletionOption.ResponseHeadersRead);
            using var ended = await operator_.Http.DeleteAsync("/api/users/me/sessions");
            Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
            await ReadUntilAsync(updates, "event: ended");
        }

        using var ends = await elsewhere.GetAsync("/jobs");
        Assert.Equal(HttpStatusCode.Redirect, ends.StatusCode);
    }

    [Fact]
    public async Task An_initial_password_gives_access_only_to_the_password_change()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await app.InControlAsync(db =>
            db.Users.Where(user => user.Id == operator_.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.MustChangePassword, true))
        );
        using var browser = Browser("scheduler");
        using (await SignInAsync(browser, operator_.Email))
        {
            using var page = await browser.GetAsync("/jobs");
            Assert.Equal("/jobs/password", page.Headers.Location?.OriginalString);
            using var run = await browser.PostAsync($"/jobs/{Job}/run", content: null);
            Assert.Equal("/jobs/password", run.Headers.Location?.OriginalString);
        }

        foreach (
            var (current, wanted, again) in new[]
            {
                (TestUser.Password, "short1", "short1"),
                (TestUser.Password, "Analytical-1", "Analytical-2"),
                ("wrong-1843", "Analytical-1", "Analytical-1"),
                (TestUser.Password, TestUser.Password, TestUser.Password),
            }
        )
        {
            using var refused = await ChangeAsync(current, wanted, again);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        using var changed = await ChangeAsync(TestUser.Password, "Analytical-1", "Analytical-1");
        Assert.Equal("/jobs", changed.Headers.Location?.OriginalString);
        using var jobs = await browser.GetAsync("/jobs");
        Assert.Equal(HttpStatusCode.OK, jobs.StatusCode);

        Task<HttpResponseMessage> ChangeAsync(string current, string wanted, string again) =>
            browser.PostAsync(
                "/jobs/password",
                new FormUrlEncodedContent(
                    new Dictionary<string, string>
                    {
                        ["current"] = current,
                        ["wanted"] = wanted,
                        ["again"] = again,
                    }
                )
            );
    }

    [Fact]
    public async Task A_button_has_the_effect_of_its_API_route_and_reports_the_result()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var browser = Browser("api");
        using (await SignInAsync(browser, operator_.Email))
        {
            browser.DefaultRequestHeaders.Accept.Clear();
            browser.DefaultRequestHeaders.Accept.ParseAdd("text/plain");
            using var run = await browser.PostAsync($"/jobs/{Job}/run", content: null);
            Assert.Equal(
                (HttpStatusCode.Accepted, "It will run within some seconds"),
                (run.StatusCode, await run.Content.ReadAsStringAsync())
            );
            using var unknown = await browser.PostAsync("/jobs/no-such-job/run", content: null);
            Assert.Equal(
                (HttpStatusCode.NotFound, "There is no such job"),
                (unknown.StatusCode, await unknown.Content.ReadAsStringAsync())
            );
        }

        await Eventually.HoldsAsync(
            () =>
                app.InControlAsync(db =>
                    db.JobRuns.AnyAsync(run =>
                        run.Job == Job && run.RequestedBy == $"user:{operator_.Id}" && run.Outcome == JobOutcome.Succeeded
                    )
                ),
            "the job does not run"
        );
        Assert.True(
            await app.InControlAsync(db =>
                db.AuditEntries.AnyAsync(entry => entry.Action == AuditAction.JobRunRequested.Name && entry.Actor == $"user:{operator_.Id}")
            )
        );
    }

    [Fact]
    public async Task Job_results_are_escaped_and_pushed_to_the_page()
    {
        using var browser = await SignedInAsync("scheduler");
        using var updates = await browser.GetAsync($"/jobs/{Job}/updates", HttpCompletionOption.ResponseHeadersRead);
        var now = TimeProvider.System.GetUtcNow();
        await app.InControlAsync(db =>
        {
            db.JobRuns.Add(
                new JobRun
                {
                    Id = Guid.CreateVersion7(now),
                    Job = Job,
                    Host = "test",
                    StartedAt = now,
                    EndedAt = now,
                    Outcome = JobOutcome.Failed,
                    Result = $"<script>alert({now.Ticks})</script>",
                }
            );
            return db.SaveChangesAsync();
        });

        await ReadUntilAsync(updates, $"&lt;script&gt;alert({now.Ticks})&lt;/script&gt;");
        Assert.DoesNotContain("<script>alert", await browser.GetStringAsync("/jobs"), StringComparison.Ordinal);
    }

    private static async Task ReadUntilAsync(HttpResponseMessage updates, string wanted)
    {
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (updates.StatusCode, updates.Content.Headers.ContentType?.MediaType));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        using var reader = new StreamReader(await updates.Content.ReadAsStreamAsync(limit.Token));
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains(wanted, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The updates ended without {wanted}");
    }

    private async Task<HttpClient> SignedInAsync(string host)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var browser = Browser(host);
        using var signedIn = await SignInAsync(browser, operator_.Email);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        return browser;
    }

    private static Task<HttpResponseMessage> SignInAsync(HttpClient browser, string email, string password = TestUser.Password) =>
        browser.PostAsync(
            "/jobs/sign-in",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["email"] = email, ["password"] = password })
        );

    // Creates a client with the headers that a browser sends from our own pages.
    private HttpClient Browser(string host)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = host == "api" ? app.Api.ClientOptions.BaseAddress : app.SchedulerAddress,
        };
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        return client;
    }
}
