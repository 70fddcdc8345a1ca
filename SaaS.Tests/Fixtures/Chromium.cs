using Microsoft.Playwright;
using SaaS.LocalServices;

[assembly: AssemblyFixture(typeof(SaaS.Tests.Fixtures.Chromium))]

namespace SaaS.Tests.Fixtures;

/// <summary>A headless browser that all tests of pages share; it starts with the first of them.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // The browser makes no requests other than those of the page.
    private static readonly string[] Arguments =
    [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ];

    private readonly Lazy<Task<IPlaywright>> _playwright = new(Playwright.CreateAsync);
    private readonly Lazy<Task<IBrowser>> _browser;

    public Chromium()
    {
        _browser = new Lazy<Task<IBrowser>>(StartAsync);
    }

    /// <summary>
    /// Opens a page in a browser context of its own, with its own cookies, and collects the errors that the page reports.
    /// </summary>
    internal async Task<(IPage Page, List<string> Complaints)> OpenAsync(ColorScheme scheme = ColorScheme.Light)
    {
        if (Find() is null)
        {
            const string Missing = "There is no browser: install chromium.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", Missing);
            Assert.Fail(Missing);
        }

        var context = await (await _browser.Value).NewContextAsync(
            new()
            {
                ColorScheme = scheme,
                ViewportSize = new() { Width = 1360, Height = 900 },
            }
        );
        var page = await context.NewPageAsync();
        List<string> complaints = [];
        page.PageError += (_, error) => complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };
        return (page, complaints);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _browser.Value).DisposeAsync();
        }

        if (_playwright is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            (await _playwright.Value).Dispose();
        }
    }

    private static string? Find() => Programs.Select(SearchPath.Find).OfType<string>().FirstOrDefault();

    private async Task<IBrowser> StartAsync() =>
        await (await _playwright.Value).Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Find(),
                ChromiumSandbox = Environment.UserName != "root",
                Args = Arguments,
            }
        );
}
