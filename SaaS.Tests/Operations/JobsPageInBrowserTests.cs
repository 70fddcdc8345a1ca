using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using SaaS.Core.Jobs;
using SaaS.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace SaaS.Tests.Operations;

/// <summary>Tests the jobs page in a real browser.</summary>
public sealed class JobsPageInBrowserTests(SaaSApp app, Chromium chromium)
{
    private const string Job = "purge-sessions"; // once a day

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task An_operator_signs_in_runs_a_job_sees_it_end_and_pauses_it(ColorScheme scheme)
    {
        var (page, complaints) = await chromium.OpenAsync(scheme);
        await SignInAsync(page);
        await Expect(page.Locator("#live")).ToHaveTextAsync("Live");

        var row = page.Locator($"#job-{Job}");
        await PressAsync(page, $"#run-{Job}", "Run now");
        await Expect(page.Locator("#message")).ToContainTextAsync("It will run within some seconds");
        await Expect(row.Locator(".badge.succeeded")).ToBeVisibleAsync(new() { Timeout = 60_000 });

        await PressAsync(page, $"#pause-{Job}", "Pause");
        await Expect(row.Locator(".badge.paused")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await PressAsync(page, $"#resume-{Job}", "Resume");
        await Expect(row.Locator(".badge.waiting")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_run_shows_its_progress_and_can_be_cancelled()
    {
        var (page, complaints) = await chromium.OpenAsync();
        await SignInAsync(page);
        var now = TimeProvider.System.GetUtcNow();
        var run = new JobRun
        {
            Id = Guid.CreateVersion7(now),
            Job = "collect-orphaned-objects",
            Host = "test",
            StartedAt = now,
            ItemsDone = 2,
            ItemsTotal = 5,
        };
        await app.InControlAsync(db =>
        {
            db.JobRuns.Add(run);
            return db.SaveChangesAsync();
        });

        var card = page.Locator($"#running-{run.Id}");
        await Expect(card).ToContainTextAsync("2 of 5", new() { Timeout = 30_000 });
        await page.Locator($"#cancel-{run.Id}").ClickAsync();
        await page.Keyboard.PressAsync("Escape"); // closes the dialog
        await PressAsync(page, $"#cancel-{run.Id}", "Cancel the run");
        await Expect(card).ToContainTextAsync("asked to stop by", new() { Timeout = 30_000 });

        await app.InControlAsync(db =>
            db.JobRuns.Where(stored => stored.Id == run.Id)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(stored => stored.Outcome, JobOutcome.Cancelled).SetProperty(stored => stored.EndedAt, now)
                )
        );
        await Expect(card).ToBeHiddenAsync(new() { Timeout = 30_000 });
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_filter_survives_a_refresh_and_is_part_of_the_address()
    {
        var (page, complaints) = await chromium.OpenAsync();
        await SignInAsync(page);
        await page.Locator("#filter-name").FillAsync("purge-");
        await Expect(page.Locator("#job-repair-provisioning")).ToBeHiddenAsync();
        await Expect(page.Locator($"#job-{Job}")).ToBeVisibleAsync();
        Assert.EndsWith("?name=purge-", page.Url, StringComparison.Ordinal);

        // That job runs every second: a changed row means that the page has refreshed itself.
        var before = await page.Locator("#job-repair-provisioning").InnerHTMLAsync();
        await Eventually.HoldsAsync(
            async () => await page.Locator("#job-repair-provisioning").InnerHTMLAsync() != before,
            "the page does not renew itself"
        );
        await Expect(page.Locator("#job-repair-provisioning")).ToBeHiddenAsync();
        await page.Locator("#filter-name").FillAsync("nothing like that");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await Expect(page.Locator("#job-repair-provisioning")).ToBeVisibleAsync();
        Assert.Empty(complaints);
    }

    private async Task SignInAsync(IPage page)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await page.GotoAsync(app.SchedulerAddress.AbsoluteUri);
        await page.GetByLabel("E-mail address").FillAsync(operator_.Email);
        await page.GetByLabel("Password").FillAsync(TestUser.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        // The load event may have fired before the wait begins.
        await page.WaitForURLAsync("**/jobs", new() { WaitUntil = WaitUntilState.Commit });
        await Expect(page.Locator($"#job-{Job}")).ToBeVisibleAsync();
    }

    private static async Task PressAsync(IPage page, string button, string yes)
    {
        await page.Locator(button).ClickAsync();
        await page.Locator("#confirm").GetByRole(AriaRole.Button, new() { Name = yes, Exact = true }).ClickAsync();
    }
}
