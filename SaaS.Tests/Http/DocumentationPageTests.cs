using SaaS.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace SaaS.Tests.Http;

/// <summary>Tests the documentation page in a real browser, under its content security policy.</summary>
public sealed class DocumentationPageTests(SaaSApp app, Chromium chromium)
{
    [Fact]
    public async Task The_page_shows_the_routes_without_violating_its_content_security_policy()
    {
        var (page, complaints) = await chromium.OpenAsync();
        await page.GotoAsync($"{app.Api.ClientOptions.BaseAddress}api/docs");

        await Expect(page.GetByText("SaaS Platform API").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(page.GetByText("/api/auth/login").First).ToBeAttachedAsync(new() { Timeout = 60_000 });
        Assert.DoesNotContain(complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase));
    }
}
