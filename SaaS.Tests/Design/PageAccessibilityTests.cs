using Deque.AxeCore.Commons;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using SaaS.Core.Jobs;
using SaaS.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace SaaS.Tests.Design;

/// <summary>
/// Tests every page with axe (WCAG 2.2 AA and best practices) in both themes, on a phone, a tablet and a desktop. With the environment
/// variable <c>SCREENSHOTS=/folder</c> it also saves what each of them looks like.
/// </summary>
public sealed class PageAccessibilityTests(SaaSApp app, Chromium chromium)
{
    private const string FailedJob = "purge-mailed-links"; // once a day
    private const string RunningJob = "collect-orphaned-objects"; // once a day

    private static readonly int[] Widths = [1280, 820, 390];

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    // The library's own call opens a page for each analysis, which takes a second.
    private const string Analyze = """
        async rules => (await axe.run({ runOnly: rules, resultTypes: ["violations"] })).violations
          .flatMap(rule => rule.nodes.map(node => `${rule.id} (${rule.help}): ${node.html}`))
        """;

    private static readonly string[] Rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

    // Nothing else depends on the colours.
    private static readonly string[] DarkRules = ["color-contrast"];

    [Fact]
    public async Task Everybody_can_use_the_pages_of_the_API()
    {
        var api = app.Api.ClientOptions.BaseAddress;
        var (page, _) = await chromium.OpenAsync();
        List<string> faults = [];

        await page.GotoAsync($"{api}account/reset-password");
        faults.AddRange(await CheckAsync(page, "account-incomplete-link"));
        await page.GotoAsync("about:blank");
        await page.GotoAsync($"{api}account/verify-email#token");
        faults.AddRange(await CheckAsync(page, "account-verify"));
        await page.Locator("#known").FillAsync(TestUser.Password);
        await page.Locator("#go").ClickAsync();
        await Expect(page.Locator("#outcome.error")).ToBeVisibleAsync();
        faults.AddRange(await CheckAsync(page, "account-error"));
        await page.Locator("#other").ClickAsync();
        faults.AddRange(await CheckAsync(page, "account-new-password"));

        await page.GotoAsync($"{api}account/invitation");
        await Expect(page.Locator("#outcome.error")).ToBeVisibleAsync();
        faults.AddRange(await CheckAsync(page, "invitation-incomplete-link"));
        await page.GotoAsync("about:blank");
        await using var tenant = await TestTenant.CreateAsync(app);
        await page.GotoAsync($"{api}account/invitation#{await (await TestInvitation.CreateAsync(app, tenant)).GetTokenAsync()}");
        await Expect(page.Locator("#address")).ToBeVisibleAsync();
        faults.AddRange(await CheckAsync(page, "invitation"));
        await page.Locator("#password").FillAsync("wrong-1843");
        await page.Locator("#sign-in .primary").ClickAsync();
        await Expect(page.Locator("#outcome.error")).ToBeVisibleAsync();
        faults.AddRange(await CheckAsync(page, "invitation-error"));
        await page.Locator("#other").ClickAsync();
        faults.AddRange(await CheckAsync(page, "invitation-register"));
        await page.Locator("#first-name").FillAsync("Charles");
        await page.Locator("#last-name").FillAsync("Babbage");
        await page.Locator("#new-password").FillAsync(TestUser.Password);
        await page.Locator("#register .primary").ClickAsync();
        await Expect(page.Locator("#outcome.success")).ToBeVisibleAsync();
        faults.AddRange(await CheckAsync(page, "invitation-accepted"));

        await page.GotoAsync($"{api}api/auth/sso/azure/callback?error=access_denied&state=unknown");
        await Expect(page.GetByText("SSO_STATE_INVALID")).ToBeVisibleAsync();
        faults.AddRange(await CheckAsync(page, "sso-error"));
        await page.GotoAsync($"{api}problems");
        faults.AddRange(await CheckAsync(page, "problems"));
        await page.GotoAsync($"{api}problems/QUOTA_EXCEEDED");
        faults.AddRange(await CheckAsync(page, "problem"));

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Everybody_can_use_the_jobs_page()
    {
        var runs = await AddRunsAsync();
        try
        {
            var (page, _) = await chromium.OpenAsync();
            List<string> faults = [];
            await page.GotoAsync($"{app.SchedulerAddress}jobs/sign-in");
            await SignInAsync(page, "wrong-1843");
            await Expect(page.Locator("#refusal")).ToBeVisibleAsync();
            faults.AddRange(await CheckAsync(page, "jobs-sign-in"));
            await SignInAsync(page, TestUser.Password);
            await Expect(page.Locator($"#job-{FailedJob} .badge.failing")).ToBeVisibleAsync();
            faults.AddRange(await CheckAsync(page, "jobs"));
            await page.Locator($"#run-{FailedJob}").ClickAsync();
            faults.AddRange(await CheckAsync(page, "jobs-confirm", fullPage: false));
            await page.GotoAsync($"{app.SchedulerAddress}jobs/{FailedJob}");
            faults.AddRange(await CheckAsync(page, "job"));
            await page.GotoAsync($"{app.SchedulerAddress}jobs/password");
            faults.AddRange(await CheckAsync(page, "jobs-password"));
            await page.GotoAsync($"{app.SchedulerAddress}jobs/no-such-job");
            faults.AddRange(await CheckAsync(page, "jobs-error"));

            Assert.Empty(faults);
        }
        finally
        {
            await app.InControlAsync(db => db.JobRuns.Where(run => runs.Contains(run.Id)).ExecuteDeleteAsync());
        }
    }

    [Fact]
    public async Task Exact_times_are_reached_with_the_keyboard()
    {
        var (page, _) = await chromium.OpenAsync();
        await page.GotoAsync($"{app.SchedulerAddress}jobs/sign-in");
        await SignInAsync(page, TestUser.Password);
        var time = page.Locator("#jobs time").First;
        await Expect(time).Not.ToContainTextAsync("UTC");
        await page.Locator("#exact-times").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(time).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"));
        await page.ReloadAsync();
        await Expect(time).ToContainTextAsync("UTC");
    }

    private static async Task<List<string>> CheckAsync(IPage page, string name, bool fullPage = true)
    {
        var folder = Environment.GetEnvironmentVariable("SCREENSHOTS");
        List<string> faults = [];
        await page.EvaluateAsync(Axe);
        foreach (var width in Widths)
        {
            await page.SetViewportSizeAsync(width, width is 390 ? 844 : 900);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                var where = $"{name}, {width} px, {scheme}";
                var violations = await page.EvaluateAsync<string[]>(Analyze, scheme is ColorScheme.Light ? Rules : DarkRules);
                faults.AddRange(violations.Select(violation => $"{where}: {violation}"));
                if (folder is not null)
                {
                    await page.ScreenshotAsync(
                        new() { Path = Path.Combine(folder, $"{name}-{width}-{scheme}.png".ToLowerInvariant()), FullPage = fullPage }
                    );
                }
            }

            if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
            {
                faults.Add($"{name}, {width} px: scrolls horizontally");
            }

            faults.AddRange(
                (await page.EvaluateAsync<string[]>(VisibleEmptyCells)).Select(cell => $"{name}, {width} px: is empty: {cell}")
            );
        }

        return faults;
    }

    // A card, unlike a column, shows nothing for what does not exist.
    private const string VisibleEmptyCells = """
        innerWidth > 1024 ? [] : [...document.querySelectorAll("td")]
          .filter(cell => cell.checkVisibility() && cell.textContent.trim() === "" && !cell.querySelector("svg, button"))
          .map(cell => cell.outerHTML)
        """;

    private async Task SignInAsync(IPage page, string password)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await page.GetByLabel("E-mail address").FillAsync(operator_.Email);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private async Task<List<Guid>> AddRunsAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        List<JobRun> runs =
        [
            .. Enumerable
                .Range(0, 14)
                .Select(age => new JobRun
                {
                    Id = Guid.CreateVersion7(now),
                    Job = FailedJob,
                    Host = "scheduler-7c9f",
                    StartedAt = now.AddHours(-age),
                    EndedAt = now.AddHours(-age).AddMilliseconds(180 + (age * 97 % 1400)),
                    Outcome = age is 0 or 6 ? JobOutcome.Failed : JobOutcome.Succeeded,
                    Result = age is 0 or 6
                        ? "NpgsqlException: The connection to the server was lost while the job deleted expired links"
                        : $"Deleted {age * 3} expired links",
                    TraceId = "0af7651916cd43dd8448eb211c80319c",
                }),
            new JobRun
            {
                Id = Guid.CreateVersion7(now),
                Job = RunningJob,
                Host = "scheduler-7c9f",
                StartedAt = now.AddMinutes(-2),
                ItemsDone = 340,
                ItemsTotal = 1200,
            },
        ];
        await app.InControlAsync(db =>
        {
            db.JobRuns.AddRange(runs);
            return db.SaveChangesAsync();
        });
        return [.. runs.Select(run => run.Id)];
    }
}
