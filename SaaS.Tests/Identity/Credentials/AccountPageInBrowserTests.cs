using SaaS.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace SaaS.Tests.Identity.Credentials;

/// <summary>Tests the page that a mailed link opens, in a real browser.</summary>
public sealed class AccountPageInBrowserTests(SaaSApp app, Chromium chromium)
{
    [Fact]
    public async Task An_address_is_confirmed_with_the_password()
    {
        var user = await TestUser.RegisterAsync(app);
        var token = (await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address")).Token;
        var (page, complaints) = await chromium.OpenAsync();
        await page.GotoAsync($"{app.Api.ClientOptions.BaseAddress}account/verify-email#{token}");
        await page.Locator("#known").FillAsync("Wrong1234");
        await page.Locator("#go").ClickAsync();
        await Expect(page.Locator("#outcome")).ToContainTextAsync("The current password is wrong");
        await page.Locator("#known").FillAsync(TestUser.Password);
        await page.Locator("#go").ClickAsync();
        await Expect(page.Locator("#outcome")).ToContainTextAsync("Your e-mail address is confirmed");
        // The response to the wrong password.
        Assert.DoesNotContain(complaints, complaint => !complaint.Contains("403", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_is_confirmed_with_a_newly_chosen_password()
    {
        var user = await TestUser.RegisterAsync(app);
        var token = (await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address")).Token;
        var (page, complaints) = await chromium.OpenAsync();
        await page.GotoAsync($"{app.Api.ClientOptions.BaseAddress}account/verify-email#{token}");
        await page.Locator("#other").ClickAsync();
        await page.Locator("#password").FillAsync("Difference1822");
        await page.Locator("#again").FillAsync("Difference1822");
        await page.Locator("#go").ClickAsync();
        await Expect(page.Locator("#outcome")).ToContainTextAsync("Your e-mail address is confirmed");
        Assert.Empty(complaints);
        await TestUser.LogInAsync(app, user.Email, "Difference1822");
    }
}
