using SaaS.LocalServices;

namespace SaaS.Tests.Documentation;

/// <summary>Tests that the steps of docs/FIRST-USE-CASE.md fit the repository.</summary>
public sealed class FirstUseCaseTests
{
    [Fact]
    public void Every_new_file_is_new_and_every_changed_line_exists_once()
    {
        var steps = FirstUseCase.Read();
        Assert.True(steps.Count > 15, "the page has hardly any step: has its form changed?");
        Assert.Equal([], steps.Select(step => step.Check(Repository.Root())).OfType<string>());
    }
}
