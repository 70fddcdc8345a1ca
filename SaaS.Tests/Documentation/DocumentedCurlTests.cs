using SaaS.Entra;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>Tests that the commands in the documentation work, on an API with the stand-in for Entra ID from the README.</summary>
public sealed class DocumentedCurlTests(SsoApi sso) : IClassFixture<SsoApi>
{
    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_command_of_a_page_succeeds(string page)
    {
        SkipWithout("bash", "curl", "jq", "cmp");
        var documented = DocumentedCurl.All().Single(one => one.Page == page);
        if (sso.Entra.Directories.IsEmpty)
        {
            DevelopmentDirectory.AddTo(sso.Entra);
        }

        var person = documented.Script.Contains("/api/auth/register", StringComparison.Ordinal)
            ? TestUser.NewEmail()
            : (await TestUser.RegisterAsync(sso.Api)).Email;
        var administrator = await TestUser.OperatorAsync(sso.App);
        var fault = await documented.RunAsync(
            new Dictionary<string, string>
            {
                ["http://localhost:4999"] = sso.Api.ClientOptions.BaseAddress.GetLeftPart(UriPartial.Authority),
                ["http://localhost:5555"] = sso.App.SchedulerAddress.GetLeftPart(UriPartial.Authority),
                ["ada@example.com"] = person,
            },
            new Dictionary<string, string> { ["email"] = administrator.Email, ["password"] = TestUser.Password }
        );

        Assert.Null(fault);
    }

    public static TheoryData<string> Pages() => new(DocumentedCurl.All().Select(page => page.Page));

    private static void SkipWithout(params string[] programs)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        foreach (var program in programs.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program)))))
        {
            var missing = $"There is no {program}: install it.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", missing);
            Assert.Fail(missing);
        }
    }
}
